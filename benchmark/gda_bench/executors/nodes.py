"""What every node must have in common with the machine that started the run: the store, the data, the code."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Self

from gda_bench.errors import UserError
from gda_bench.keys import file_digest
from gda_bench.registry import ComponentSpec
from gda_bench.registry.load import file_of
from gda_bench.stages import Cell
from gda_bench.task_data import load_task, missing_files


def components(cells: Iterable[Cell]) -> list[ComponentSpec]:
    """Every component that the cells name, once."""
    named = [[cell.component, *vars(cell).values()] for cell in cells]
    return list({repr(spec): spec for specs in named for spec in specs if isinstance(spec, ComponentSpec)}.values())


@dataclass(frozen=True, slots=True)
class Shared:
    """Plain data, so that it can go to another machine.

    token: a file in the store that is there as long as the run is: a store of the same name elsewhere has none.
    folder: where relative paths begin.
    """

    token: Path
    store: Path
    data_dir: Path
    folder: Path
    version: str

    @classmethod
    @contextmanager
    def here(cls, store: Path, data_dir: Path) -> Iterator[Self]:
        """As this machine sees it, for as long as the context is open."""
        with tempfile.NamedTemporaryFile(dir=store / "tmp", prefix="run-") as token:
            yield cls(Path(token.name), store, data_dir, Path.cwd(), version("gda-bench"))

    def enter(self, cell: Cell) -> None:
        """Make this process one of the run's. Raises UserError where the cell would not be the same work here."""
        if wrong := self.wrong():
            raise UserError(f"node {os.uname().nodename} {wrong}")
        if load_task(cell.task, self.data_dir).digest != cell.data_digest:
            raise UserError(f"node {os.uname().nodename} holds other data for {cell.task.name} in {self.data_dir}")

    def wrong(self, components: Iterable[ComponentSpec] = ()) -> str | None:
        """What this machine lacks, as the end of a sentence that begins with its name; None where it lacks nothing."""
        if self.folder.is_dir():
            os.chdir(self.folder)
        if (found := version("gda-bench")) != self.version:
            return f"has gda-bench {found}, the run has {self.version}: install the same on all nodes"
        if not self.token.exists():
            return f"does not see the store {self.store}: give one on a path that all nodes share, with --store"
        for component in components:
            if lacking := self._lacking(component):
                return lacking
        return None

    def _lacking(self, component: ComponentSpec) -> str | None:
        path = file_of(component.target)
        if path and (not path.is_file() or file_digest(path) != component.file_digest):
            return f"does not see the same {path}: put it on a path that all nodes share"
        if component.kind != "tasks" or not (missing := missing_files(component.create(), self.data_dir)):
            return None
        return (
            f"does not see {missing[0]}: give a data folder on a path that all nodes share, with --data-dir, "
            "or prepare the data on every node"
        )
