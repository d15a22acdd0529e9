"""Progress of a run: what runs now, how far, and the time left; a bar on a terminal, a line a minute in a log."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from gda_bench.cli.console import seconds
from gda_bench.executors.worker import Outcome
from gda_bench.stages import Cell
from gda_bench.study.forecast import Forecast

LINE_EVERY_S = 60


@dataclass(slots=True)
class _Running:
    cell: Cell
    since: float
    fraction: float = 0.0


class ProgressBar:
    """An observer of a run."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=10),
            TextColumn("{task.fields[count]} [dim]{task.fields[left]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("starting", count="", left="")
        self._open: dict[str, Cell] = {}
        self._running: dict[str, _Running] = {}
        self._total = 0
        self._workers = 1
        self._last_line = time.monotonic()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._bar.stop()

    def planned(self, cells: Sequence[Cell], forecast: Forecast, workers: int) -> None:
        self._open = {cell.key: cell for cell in cells}
        self._total, self._forecast, self._workers = len(cells), forecast, workers

    def started(self, cell: Cell) -> None:
        self._running[cell.key] = _Running(cell, time.monotonic())
        self._show()

    def progressed(self, key: str, fraction: float) -> None:
        if key in self._running:
            self._running[key].fraction = fraction
            self._show()

    def ended(self, cell: Cell, outcome: Outcome) -> None:
        self._open.pop(cell.key, None)
        self._running.pop(cell.key, None)
        if outcome.status == "failed":
            self._console.print(
                f"failed: {cell.label}, seed {cell.seed}: {outcome.error}", markup=False, soft_wrap=True, style="red"
            )

    def _show(self) -> None:
        done = self._total - len(self._open)
        now = next(iter(self._running.values()), None)
        others = f" +{len(self._running) - 1}" if len(self._running) > 1 else ""
        what = f"{now.cell.label}, seed {now.cell.seed}{others}" if now else ""
        if not self._console.is_terminal:
            self._say(f"{done}/{self._total}, {what}")
            return
        self._bar.update(
            self._task,
            description=what,
            total=self._total,
            completed=done + sum(r.fraction for r in self._running.values()),
            count=f"{done}/{self._total}",
            left=self._left(),
        )

    def _say(self, done: str) -> None:
        """A line for whoever reads the log of a container or a cluster."""
        if time.monotonic() - self._last_line >= LINE_EVERY_S:
            self._last_line = time.monotonic()
            self._console.print(f"{done}: {self._left()}", markup=False, soft_wrap=True)

    def _left(self) -> str:
        """Time left: from cells like those that are open; for a running one also from its own pace."""
        known, unknown = self._forecast.total(self._open.values())
        for running in self._running.values():
            spent = time.monotonic() - running.since
            expected = self._forecast.seconds(running.cell)
            if expected is not None:
                known -= min(spent, expected)
            elif running.fraction > 0.05:
                known += spent / running.fraction - spent
                unknown -= 1
        left = seconds(known / self._workers)
        if unknown > 0:
            return f"{left} left and {unknown} cells not timed yet" if known > 0 else "timing the first cells"
        return f"{left} left"
