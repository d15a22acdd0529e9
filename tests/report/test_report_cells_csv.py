"""cells.csv reads back as what was measured."""

from __future__ import annotations

import csv
import io

from rendered import report
from report_variants import HOSTILE
from sample_report import cell, sample_report

from gda_bench.report.cells_csv import to_csv


def test_reads_back_exactly() -> None:
    shown = report("established")
    rows = list(csv.DictReader(io.StringIO(to_csv(shown))))
    assert list(rows[0]) == ["arm", "n_real", "n_synth", "seed", "accuracy", "auc", "balanced_accuracy", "n_test"]
    assert len(rows) == len(shown.cells)
    for row, measured in zip(rows, shown.cells, strict=True):
        assert measured.metrics
        assert (row["arm"], int(row["n_real"]), int(row["n_synth"])) == (
            measured.arm,
            measured.n_real,
            measured.n_synth,
        )
        assert {name: float(row[name]) for name in measured.metrics} == measured.metrics
        assert row["n_test"] == "540"


def test_holds_only_cells_that_ended_well() -> None:
    assert len(to_csv(report("failed-cells")).splitlines()) == 1 + 75 - 3
    assert to_csv(report("bare")) == "arm,n_real,n_synth,seed,n_test\n"


def test_a_metric_that_a_cell_lacks_is_empty_and_odd_names_are_quoted() -> None:
    first, second = cell("real", 50, 0, 0, 0.5), cell("real", 50, 0, 1, 0.25)
    odd = second.model_copy(update={"metrics": {HOSTILE: 0.25, "a,b": 1.0}})
    rows = list(csv.DictReader(io.StringIO(to_csv(sample_report(cells=[first, odd])))))
    assert rows[1][HOSTILE] == "0.25"
    assert rows[1]["a,b"] == "1.0"
    assert rows[1]["accuracy"] == ""
