"""Executors by name: where cells run. Each is one short file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from gda_bench.errors import UserError, nearest
from gda_bench.executors.worker import Outcome, Worker
from gda_bench.registry import load_target
from gda_bench.stages import Cell


class Watch(Protocol):
    """Is told of cells while they run."""

    def started(self, cell: Cell) -> None:
        """This cell runs now."""

    def progressed(self, key: str, fraction: float) -> None:
        """The running cell of this key is this far, 0..1."""


class Executor(Protocol):
    """Runs cells, each as soon as what it needs has ended."""

    def run(self, worker: Worker, cells: Sequence[Cell], watch: Watch) -> Iterator[Outcome]:
        """`worker.run` of every cell, each outcome as soon as it is known. `cells` come needs first."""


EXECUTORS: Mapping[str, str] = {"local": "gda_bench.executors.local:LocalExecutor"}


def start_order(cells: Sequence[Cell]) -> list[Cell]:
    """Needs first, and generators before classifiers: they take longest, and what waits for them should not wait for
    them alone at the end."""
    return sorted(cells, key=lambda cell: cell.stage == "train")


def create_executor(name: str, workers: int) -> Any:
    """The executor of that name, with so many workers."""
    if name not in EXECUTORS:
        raise UserError(f"unknown executor {name!r}: {nearest(name, EXECUTORS)}")
    return load_target(EXECUTORS[name])(workers)


__all__ = ["EXECUTORS", "Executor", "Watch", "create_executor", "start_order"]
