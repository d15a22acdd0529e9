"""A small study that writes down, as it happens, which cells it starts and computes: what kills.py kills.

python benchmark/faults/driver.py JOURNAL OUT STORE EXECUTOR WORKERS [ADDRESS]
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from gda_bench.errors import UserError
from gda_bench.executors.worker import Outcome
from gda_bench.stages import Cell
from gda_bench.study.forecast import Forecast
from gda_bench.study.request import make_request
from gda_bench.study.session import open_session


class Journal:
    """An observer; a line is written in one piece and at once, so that no kill takes it back or tears it."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", buffering=1)

    def planned(self, cells: Sequence[Cell], forecast: Forecast, workers: int) -> None:
        self._file.write("planned\n")

    def started(self, cell: Cell) -> None:
        self._file.write(f"started {cell.key}\n")

    def progressed(self, key: str, fraction: float) -> None: ...

    def ended(self, cell: Cell, outcome: Outcome) -> None:
        self._file.write(f"{outcome.status} {cell.key}\n")


def main(journal: str, out: str, store: str, executor: str, workers: str, *address: str) -> None:
    request = make_request({
        "task": "digits", "generator": "gaussian", "classifier": "linear", "seeds": 3,
        "set": {"budget.amount": 20}, "out": out, "store": store, "executor": executor,
        "workers": int(workers), "address": next(iter(address), None),
    })  # fmt: skip
    with open_session(request) as session:
        reports = session.run(Journal(Path(journal)))
    sys.exit(any(cell.status != "ok" for report, _ in reports for cell in report.cells))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except UserError as error:
        sys.exit(str(error))
