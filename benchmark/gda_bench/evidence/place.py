"""Reports beside each other: who can be told from whom."""

from __future__ import annotations

from collections.abc import Mapping

from gda_bench.equivalence.tiers import Placed, tiers
from gda_bench.report.model import Report


def place(entries: Mapping[str, Report]) -> list[Placed]:
    """The tiers of reports by their names, best first, judged on the score of each headline mix, seed by seed.

    The reports are of one task, base size and metric. One without a headline, or without a score at it, is left out:
    it wins nothing and moves nobody.
    """
    scores = {name: headline_scores(report) for name, report in entries.items()}
    return tiers({name: by_seed for name, by_seed in scores.items() if by_seed})


def headline_scores(report: Report) -> dict[int, float]:
    """The headline mix's metric by seed; empty where there is no headline."""
    found = report.equivalence
    if found is None:
        return {}
    at = ("mix", found.n_real, found.n_synth)
    return {
        cell.seed: cell.metrics[found.metric]
        for cell in report.cells
        if (cell.arm, cell.n_real, cell.n_synth) == at and cell.metrics and found.metric in cell.metrics
    }
