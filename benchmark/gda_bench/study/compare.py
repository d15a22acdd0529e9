"""Two reports against each other: the difference of their headline mixes, paired by seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gda_bench.equivalence.exchange import Exchange
from gda_bench.equivalence.grid import ArmId, Grid, Observation
from gda_bench.errors import UserError
from gda_bench.report.model import CellRow, Equivalence, Interval, Report
from gda_bench.study.estimate import interval


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


def compare(a: Report, b: Report) -> Comparison:
    """b against a. Raises UserError where the two do not measure the same thing."""
    first, second = _headline(a, "the first"), _headline(b, "the second")
    if (a.task.name, a.task.data_digest) != (b.task.name, b.task.data_digest):
        raise UserError(f"the reports are on different data ({a.task.name}, {b.task.name}) and cannot be compared")
    if first.metric != second.metric:
        raise UserError(f"the reports are about different metrics: {first.metric} and {second.metric}")
    grid, mine, theirs = _together(a, b, first, second)
    shared = grid.values[mine].keys() & grid.values[theirs].keys()
    difference = interval(Exchange(grid).difference(theirs, mine))
    return Comparison(
        metric=first.metric,
        difference=difference,
        seeds=len(shared),
        rates=(first.exchange_rate, second.exchange_rate),
        sentence=_sentence(a, b, difference, first.metric, len(shared)),
        notes=tuple(_notes(a, b, first, second, len(shared))),
    )


def _headline(report: Report, which: str) -> Equivalence:
    if report.equivalence is None or report.real_curve is None:
        raise UserError(
            f"{which} report has no verdict to compare: its real curve or its headline mix was not measured"
        )
    return report.equivalence


def _together(a: Report, b: Report, first: Equivalence, second: Equivalence) -> tuple[Grid, ArmId, ArmId]:
    """Both reports' cells in one grid; cells that are the same piece of work count once."""
    keys = {cell.key for cell in a.cells if cell.key}
    observations = [_observation(cell, "", first.metric) for cell in a.cells]
    observations += [_observation(cell, "second: ", first.metric) for cell in b.cells if cell.key not in keys]
    grid = Grid(o for o in observations if o)
    mine = ArmId("mix", first.n_real, first.n_synth)
    theirs = ArmId("second: mix", second.n_real, second.n_synth)
    return grid, mine, theirs if theirs in grid.values else ArmId("mix", second.n_real, second.n_synth)


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


def _notes(a: Report, b: Report, first: Equivalence, second: Equivalence, shared: int) -> Iterator[str]:
    yield "The interval holds the noise between seeds and not that of the test set: no predictions are read."
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
