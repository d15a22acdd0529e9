"""Reports beside each other: tiers and pairs, by what the site calls."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "report"))

from report_variants import bare
from sample_report import sample_report

from gda_bench.evidence import compare, place


def test_what_cannot_be_told_apart_shares_a_tier_and_what_can_does_not() -> None:
    placed = place({"poor": sample_report(rho=-0.1), "good": sample_report(rho=0.5), "twin": sample_report(rho=0.5)})
    assert [(p.name, p.tier) for p in placed] == [("good", 1), ("twin", 1), ("poor", 2)]


def test_a_report_without_a_headline_takes_no_place_and_moves_nobody() -> None:
    two = {"good": sample_report(rho=0.5), "poor": sample_report(rho=-0.1)}
    assert place({**two, "bare": bare()}) == place(two)
    assert place({"bare": bare()}) == []


def test_two_reports_are_compared_in_pairs_of_seeds() -> None:
    poor, good = sample_report(rho=-0.1), sample_report(rho=0.5)
    # work with one key is one piece of work: these are two
    cells = [cell.model_copy(update={"key": f"other {cell.key}"}) for cell in good.cells]
    found = compare(poor, good.model_copy(update={"cells": cells}))
    assert found.seeds == 5
    assert found.difference.low
    assert found.difference.low > 0
