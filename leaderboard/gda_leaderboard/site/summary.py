"""The top of the board in words: what was found, where, and where nothing was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gda_bench.report import words
from gda_leaderboard.site.board import Board, Table
from gda_leaderboard.site.row import Row


@dataclass(frozen=True, slots=True)
class Glance:
    """One task at a glance. best: the first of the first tier; None where nobody is ranked. tier: how many share it.
    helping: how many of the ranked are shown to help."""

    table: Table
    best: Row | None
    tier: int
    helping: int


def glances(board: Board) -> list[Glance]:
    """Each task's closed track under the suite's first classifier."""
    first = next(iter(board.suite.classifiers), "")
    return [_glance(table) for table in board.of("closed") if table.classifier == first]


def _glance(table: Table) -> Glance:
    best = table.ranked[0] if table.ranked else None
    return Glance(
        table=table,
        best=best,
        tier=sum(row.tier == 1 for row in table.ranked),
        helping=sum(row.effect == "helps" for row in table.ranked),
    )


def lead(board: Board) -> str:
    """The headline: from the glances, so that cards and sentence cannot differ."""
    return " ".join(_sentences(glances(board), next(iter(board.suite.classifiers), "")))


def _sentences(shown: Sequence[Glance], classifier: str) -> Iterator[str]:
    measured = [glance for glance in shown if glance.best]
    if not measured:
        yield "No entry is ranked yet: yours can be the first."
        return
    helped = [glance for glance in measured if glance.helping]
    one = len(measured) == 1
    tasks = measured[0].table.task if one else words.plural(len(measured), "task")
    if not helped:
        where = f"On {tasks} no" if one else f"On none of {tasks} was a"
        yield f"{where} closed-set generator {'was ' if one else ''}shown to help the classifier {classifier}."
    else:
        where = tasks if one else f"{words.number(len(helped))} of {tasks}"
        yield f"On {where} a closed-set generator was shown to help the classifier {classifier}."
        rows = [(glance, row) for glance in helped for row in glance.table.ranked if row.effect == "helps"]
        glance, row = max(rows, key=lambda pair: (pair[1].keys.rate or 0, pair[1].name))
        said = row.rate.estimate.replace("≥", "at least").replace("≤", "at most")
        yield (
            f"The most that one synthetic image was worth is {said} real ({row.generator} on "
            f"{glance.table.task}, {row.rate.spoken})."
        )
        if without := [glance.table.task for glance in measured if not glance.helping]:
            yield f"On {words.listed(without)} none was."
    doubted = [g.table.task for g in measured if any(row.effect == "doubted" for row in g.table.ranked)]
    if doubted:
        yield f"On {words.listed(doubted)} reports warn of their own intervals, which count as neither help nor harm."
    harmful = sum(row.effect == "harms" for glance in measured for row in glance.table.ranked)
    if harmful:
        yield f"{words.plural(harmful, 'entry', 'entries')} did harm."
