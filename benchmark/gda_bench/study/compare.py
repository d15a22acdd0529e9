"""Two reports against each other: the difference of their headline mixes, paired by seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast

import numpy as np

from gda_bench.api import Metric
from gda_bench.equivalence.exchange import Exchange
from gda_bench.equivalence.grid import ArmId, Grid, Observation
from gda_bench.equivalence.noise import Influences
from gda_bench.errors import UserError
from gda_bench.report.model import CellRow, Equivalence, Interval, Report
from gda_bench.report.predictions import FILE, Predictions
from gda_bench.study.estimate import interval
from gda_bench.study.predictions import influences

SECOND: Final = "second: "
"""Marks the arms of the second report."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """difference: metric of b's headline mix minus a's, in metric units, with a 95 % interval. seeds: how many both
    have. rates: each report's own exchange rate. notes: what limits the comparison."""

    metric: str
    difference: Interval
    seeds: int
    rates: tuple[Interval, Interval]
    sentence: str
    notes: tuple[str, ...]


Both = tuple[Predictions, Predictions]


def compare(a: Report, b: Report, predictions: Both | None = None) -> Comparison:
    """b against a. predictions: of both, where they are known: the interval then holds the noise of the test set too.
    Raises UserError where the two do not measure the same thing."""
    first, second = _headline(a, "the first"), _headline(b, "the second")
    if (a.task.name, a.task.data_digest) != (b.task.name, b.task.data_digest):
        raise UserError(f"the reports are on different data ({a.task.name}, {b.task.name}) and cannot be compared")
    if first.metric != second.metric:
        raise UserError(f"the reports are about different metrics: {first.metric} and {second.metric}")
    grid, mine, theirs = _together(a, b, first, second)
    moved = _influences(a, b, predictions, first.metric) if predictions else None
    shared = grid.values[mine].keys() & grid.values[theirs].keys()
    difference = interval(Exchange(grid, moved).difference(theirs, mine))
    return Comparison(
        metric=first.metric,
        difference=difference,
        seeds=len(shared),
        rates=(first.exchange_rate, second.exchange_rate),
        sentence=_sentence(a, b, difference, first.metric, len(shared)),
        notes=tuple(_notes(a, b, first, second, shared=len(shared), knows_the_test_set=moved is not None)),
    )


def _headline(report: Report, which: str) -> Equivalence:
    if report.equivalence is None or report.real_curve is None:
        raise UserError(
            f"{which} report has no verdict to compare: its real curve or its headline mix was not measured"
        )
    return report.equivalence


def _together(a: Report, b: Report, first: Equivalence, second: Equivalence) -> tuple[Grid, ArmId, ArmId]:
    """Both reports' cells in one grid; cells that are the same piece of work count once."""
    observations = [_observation(cell, "", first.metric) for cell in a.cells]
    observations += [_observation(cell, SECOND, first.metric) for cell in _own(a, b)]
    grid = Grid(o for o in observations if o)
    mine = ArmId("mix", first.n_real, first.n_synth)
    theirs = ArmId(f"{SECOND}mix", second.n_real, second.n_synth)
    return grid, mine, theirs if theirs in grid.values else ArmId("mix", second.n_real, second.n_synth)


def _own(a: Report, b: Report) -> list[CellRow]:
    """Cells of b that are not a's as well."""
    keys = {cell.key for cell in a.cells if cell.key}
    return [cell for cell in b.cells if cell.key not in keys]


def _influences(a: Report, b: Report, predictions: Both, metric: str) -> Influences:
    """What each test image does to each cell of both. Raises UserError where the two are of other test images."""
    mine, theirs = predictions
    if not np.array_equal(mine.y, theirs.y):
        raise UserError("the predictions beside the two reports are of different test images")
    found = influences(a.cells, mine, cast(Metric, metric))
    others = influences(_own(a, b), theirs, cast(Metric, metric))
    return {**found, **{ArmId(SECOND + arm.arm, arm.n_real, arm.n_synth): moved for arm, moved in others.items()}}


def _observation(cell: CellRow, prefix: str, metric: str) -> Observation | None:
    if cell.metrics is None or metric not in cell.metrics:
        return None
    return Observation(ArmId(prefix + cell.arm, cell.n_real, cell.n_synth), cell.seed, cell.metrics[metric])


def _sentence(a: Report, b: Report, difference: Interval, metric: str, seeds: int) -> str:
    names = [f"{r.generator.name} + {r.classifier.name}" for r in (a, b)]
    if names[0] == names[1]:
        names = [f"{name} ({which})" for name, which in zip(names, ("first", "second"), strict=True)]
    points = f"{abs(100 * difference.estimate):.1f} points of {metric.replace('_', ' ')}"
    if difference.low is None or difference.high is None:
        return f"{names[1]} looked {points} apart from {names[0]}, but a single seed gives no interval."
    within = f"95 % interval {100 * difference.low:+.1f} to {100 * difference.high:+.1f}, {seeds} shared seeds"
    within = within.replace("-", "\N{MINUS SIGN}")
    if difference.low <= 0 <= difference.high:
        return f"{names[1]} and {names[0]} cannot be told apart: {points} ({within})."
    better, worse = (names[1], names[0]) if difference.estimate > 0 else (names[0], names[1])
    return f"{better} did better than {worse} by {points} ({within}, second minus first)."


def _notes(
    a: Report, b: Report, first: Equivalence, second: Equivalence, *, shared: int, knows_the_test_set: bool
) -> Iterator[str]:
    if not knows_the_test_set:
        yield (
            "The interval holds the noise between seeds and not that of the test set, for which it takes the "
            f"{FILE} of both reports."
        )
    if not shared:
        yield "The reports share no seed: the comparison is not paired."
    if (first.n_real, first.n_synth) != (second.n_real, second.n_synth):
        yield (
            f"The mixes differ: {first.n_real} + {first.n_synth} in the first, {second.n_real} + {second.n_synth} "
            "in the second."
        )
    for part in ("classifier", "protocol", "filter", "profile"):
        if getattr(a, part) != getattr(b, part):
            yield f"The {part}s differ, so more than the generator sets the two apart."
    tracks = {a.generator.track, b.generator.track}
    if len(tracks) > 1:
        yield f"The generators are of different tracks ({' and '.join(sorted(tracks))}), trained on different data."
