"""Run studies: every cell that the store lacks, once, then a report per study."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Protocol

from gda_bench.executors import Executor, Watch
from gda_bench.executors.worker import Outcome, Worker
from gda_bench.stages import Cell
from gda_bench.study.expand import expand, in_order
from gda_bench.study.forecast import Forecast
from gda_bench.study.spec import Study


class Observer(Watch, Protocol):
    """Is told what happens, to show it."""

    def planned(self, cells: Sequence[Cell], forecast: Forecast, workers: int) -> None:
        """These cells come next."""

    def ended(self, cell: Cell, outcome: Outcome) -> None:
        """This one is done, reused or failed."""


class Silent:
    """An observer that shows nothing."""

    def planned(self, cells: Sequence[Cell], forecast: Forecast, workers: int) -> None: ...
    def started(self, cell: Cell) -> None: ...
    def progressed(self, key: str, fraction: float) -> None: ...
    def ended(self, cell: Cell, outcome: Outcome) -> None: ...


@dataclass(slots=True)
class Progress:
    """Outcomes so far, by key; kept by the caller, so that an interrupted run can still say what it did."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def count(self, *statuses: str) -> int:
        """Cells that ended this way."""
        return sum(1 for outcome in self.outcomes.values() if outcome.status in statuses)


def all_cells(studies: Sequence[Study]) -> list[Cell]:
    """The cells of all studies, each once: studies of a task share their real arms and controls."""
    return in_order(cell for study in studies for cell in expand(study).cells())


def run_cells(
    cells: Sequence[Cell],
    worker: Worker,
    executor: Executor,
    *,
    observer: Observer,
    progress: Progress,
    forecast: Forecast,
) -> None:
    """Bring the cells, needs first, into the store.

    Raises StoreError where the store can take no more, KeyboardInterrupt as it comes: finished cells are kept.
    """

    def ended(cell: Cell, outcome: Outcome) -> None:
        progress.outcomes[outcome.key] = outcome
        if outcome.status == "computed":
            forecast.learn(cell, outcome.wall_s)
        observer.ended(cell, outcome)

    lacking = {}
    for cell in cells:
        if reused := worker.reuse(cell):
            ended(cell, reused)
        else:
            lacking[cell.key] = cell
    if not lacking:  # starting processes costs seconds; a finished study must not pay them
        return
    with closing(executor.run(worker, list(lacking.values()), observer)) as outcomes:
        for outcome in outcomes:
            ended(lacking[outcome.key], outcome)
