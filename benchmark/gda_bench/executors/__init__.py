"""Executors by name: where cells run. Each is one short file."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping, Sequence
from importlib.util import find_spec
from typing import Any, Protocol, Self

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
    """Runs cells, each as soon as what it needs has ended. As a context, it lets go of what it took hold of."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *exception: object) -> None: ...

    def why_no_gpu(self) -> str | None:
        """None where cells can have a GPU; else a clause that says why not."""

    def workers(self, device: str) -> int:
        """About how many cells run side by side."""

    def run(self, worker: Worker, cells: Sequence[Cell], watch: Watch) -> Generator[Outcome]:
        """`worker.run` of every cell, each outcome as soon as it is known. `cells` come needs first, and none of them
        can be had without running it."""


EXECUTORS: Mapping[str, str] = {
    "local": "gda_bench.executors.local:LocalExecutor",
    "ray": "gda_bench.executors.ray:RayExecutor",
}
QUIET_RAY = {
    "RAY_USAGE_STATS_ENABLED": "0",
    # what is said of a lost worker goes to standard output, where a report may be expected; outcomes tell it too
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".",
    # a cell without a GPU sees none
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "1",
}


def start_order(cells: Sequence[Cell]) -> list[Cell]:
    """Needs first, and classifiers that nothing waits for last: generators take longest, and what waits for them should
    not wait for them alone at the end."""
    needed = {need.key for cell in cells for need in cell.needs}
    return sorted(cells, key=lambda cell: cell.stage == "train" and cell.key not in needed)


def create_executor(name: str, workers: int | None = None, address: str | None = None) -> Any:
    """The executor of that name. workers: cells side by side, None for as many as there is room for. address: of a Ray
    cluster, for `ray` alone."""
    if name not in EXECUTORS:
        raise UserError(f"unknown executor {name!r}: {nearest(name, EXECUTORS)}")
    if name != "ray":
        if address:
            raise UserError(f"--address {address} names a Ray cluster: it goes with --executor ray")
        return load_target(EXECUTORS[name])(workers)
    if find_spec("ray") is None:
        raise UserError("--executor ray takes Ray, which is not installed: pip install 'gda-bench[ray]'")
    for variable, value in QUIET_RAY.items():
        os.environ.setdefault(variable, value)  # read when Ray is imported, which is now
    return load_target(EXECUTORS[name])(workers, address)


__all__ = ["EXECUTORS", "Executor", "Watch", "create_executor", "start_order"]
