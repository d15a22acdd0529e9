"""Two entries against each other: every pair of a table's leaders, with the difference that was measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from gda_bench.errors import UserError
from gda_bench.evidence import compare
from gda_bench.report import words
from gda_bench.report.model import Interval
from gda_bench.report.words import Written
from gda_leaderboard.site.board import Table
from gda_leaderboard.site.row import Row
from gda_leaderboard.site.whisker import Scale, Whisker, scale_of

MOST = 12
"""Entries of a table that are held against each other; pairs grow with the square."""


@dataclass(frozen=True, slots=True)
class Pair:
    """difference: what the first does better than the second, in points of the metric."""

    first: Row
    second: Row
    difference: Written
    verdict: Literal["first", "second", "open"]
    whisker: Whisker | None
    seeds: int


def pairs(table: Table) -> list[Pair]:
    """In the order of the table, for its first MOST entries."""
    found = list(_compared(table))
    scale = scale_of(difference for _, _, difference, _ in found)
    return [_pair(first, second, difference, seeds, scale) for first, second, difference, seeds in found]


def _compared(table: Table) -> Iterator[tuple[Row, Row, Interval, int]]:
    placed = list(zip(table.ranked, table.leaders, strict=True))[:MOST]
    for (first, a), (second, b) in combinations(placed, 2):
        try:
            found = compare(b.report, a.report)
        except UserError:  # of two reports of one table: one cannot be compared with anything
            continue
        yield first, second, found.difference, found.seeds


def _pair(first: Row, second: Row, found: Interval, seeds: int, scale: Scale) -> Pair:
    above = found.low is not None and found.low > 0
    below = found.high is not None and found.high < 0
    return Pair(
        first=first,
        second=second,
        difference=words.points(found),
        verdict="first" if above else "second" if below else "open",
        whisker=scale.whisker(found, is_open=not (above or below)),
        seeds=seeds,
    )
