"""Two entries against each other: every pair of a table's leaders, with the difference that was measured."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Literal

from gda_bench.errors import UserError
from gda_bench.evidence import compare
from gda_bench.report import Report, reading, words
from gda_bench.report.model import Interval
from gda_bench.report.words import Written
from gda_leaderboard.site.board import Board, Table
from gda_leaderboard.site.jobs import Job, job
from gda_leaderboard.site.row import Row
from gda_leaderboard.site.whisker import Whisker, scale_of

MOST = 400
"""Pairs on the page: their number grows with the square of the entries."""
COMPARED_BY = ("gda_bench.evidence", "gda_bench.study", "gda_bench.equivalence")

Verdict = Literal["first", "second", "open"]
VERDICTS: dict[int, Verdict] = {1: "first", -1: "second", 0: "open"}


@dataclass(frozen=True, slots=True)
class Pair:
    """difference: what the first does better than the second, in points of the metric."""

    first: Row
    second: Row
    difference: Written
    verdict: Verdict
    whisker: Whisker | None
    seeds: int


def depth(board: Board) -> int:
    """How many leaders of each table are held against each other: all, or as many as keep the page light."""
    sizes = [len(table.ranked) for table in board.tables]
    most = max(sizes, default=0)
    while sum(k * (k - 1) // 2 for k in (min(size, most) for size in sizes)) > MOST:
        most -= 1
    return most


def comparison(table: Table, most: int) -> Job:
    """All pairs of the first `most` entries."""
    leaders = table.leaders[:most]
    digests = [entry.digest for entry in leaders]
    return job(make_comparison, [entry.report for entry in leaders], of=digests, by=COMPARED_BY)


def make_comparison(reports: Sequence[Report]) -> str:
    """[[i, j, estimate, low, high, seeds], ...] in metric units, i minus j, as JSON."""
    found = []
    for i, j in combinations(range(len(reports)), 2):
        try:
            compared = compare(reports[j], reports[i])
        except UserError:  # one of the two cannot be compared with anything
            continue
        difference = compared.difference
        found.append([i, j, difference.estimate, difference.low, difference.high, compared.seeds])
    return json.dumps(found, allow_nan=False)


def pairs(table: Table, most: int, files: Mapping[str, Path]) -> list[Pair]:
    """In the order of the table. files: of jobs that are done, by their keys."""
    found = json.loads(files[comparison(table, most).key].read_text(encoding="utf-8"))
    measured = [(i, j, Interval(estimate=e, low=low, high=high), seeds) for i, j, e, low, high, seeds in found]
    scale = scale_of(difference for _, _, difference, _ in measured)
    shown = []
    for i, j, difference, seeds in measured:
        side = reading.sign(difference)
        shown.append(
            Pair(
                first=table.ranked[i],
                second=table.ranked[j],
                difference=words.points(difference),
                verdict=VERDICTS[side],
                whisker=scale.whisker(difference, is_open=not side),
                seeds=seeds,
            )
        )
    return shown
