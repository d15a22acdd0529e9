"""cells.csv: the measured cells as a table that `gda-bench analyze` reads."""

from __future__ import annotations

import csv
import io

from gda_bench.report.model import Report


def to_csv(report: Report) -> str:
    """One line a cell that ended well; metrics are fractions at full precision."""
    cells = [(cell, cell.metrics) for cell in report.cells if cell.status == "ok" and cell.metrics is not None]
    metrics = sorted({name for _, measured in cells for name in measured})
    n_test = sum(report.task.test_counts)
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["arm", "n_real", "n_synth", "seed", *metrics, "n_test"])
    for cell, measured in cells:
        values = [repr(measured[name]) if name in measured else "" for name in metrics]
        tested = n_test if cell.n_test is None else cell.n_test
        rows.writerow([cell.arm, cell.n_real, cell.n_synth, cell.seed, *values, tested])
    return text.getvalue()
