"""The estimators applied to a study's cells: arms, curve, headline and controls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gda_bench.equivalence.exchange import Bounds, Exchange
from gda_bench.equivalence.grid import ArmId, Grid, Observation
from gda_bench.equivalence.laws import fit_laws
from gda_bench.equivalence.verdict import judge
from gda_bench.report.model import (
    ArmRow,
    CellRow,
    Control,
    Controls,
    CurvePoint,
    CurveValue,
    Equivalence,
    Exponent,
    Interval,
    Law,
    RealCurve,
    RealEquivalent,
)
from gda_bench.study.law_parts import law_part, power_law_part, scaling_part

WORTH = {"copy": 0.0, "oracle": 1.0}
"""What an image of each control is worth: the known answers."""


@dataclass(frozen=True, slots=True)
class Design:
    """What was decided before any result was seen. n_real: the base size n. n_synth: the headline's m, or None where
    the headline cannot be measured. task, generator: names for the sentence."""

    n_real: int
    n_synth: int | None
    task: str
    generator: str


@dataclass(frozen=True, slots=True)
class Estimates:
    """The estimated parts of a report; what the cells do not allow is None."""

    arms: list[ArmRow]
    real_curve: RealCurve | None
    equivalence: Equivalence | None
    controls: Controls
    law: Law | None = None
    scaling: list[Exponent] | None = None


def estimate(rows: Sequence[CellRow], design: Design, metric: str) -> Estimates:
    """Everything that the finished cells say of one metric."""
    grid = grid_of(rows, metric)
    base = ArmId("real", design.n_real, 0)
    # a curve takes two sizes, and a comparison takes the base size itself
    exchange = Exchange(grid) if base in grid.values and len(grid.real_sizes()) > 1 else None
    ids = dict.fromkeys(_arm(r) for r in rows)
    arms = [_arm_row(arm, rows, grid, exchange, base) for arm in ids]
    if exchange is None:
        return Estimates(arms, None, None, Controls())
    headline = ArmId("mix", design.n_real, design.n_synth or 0)
    return Estimates(
        arms,
        _curve(grid, exchange, metric),
        _headline(exchange, headline, design, metric) if headline in grid.values else None,
        Controls(copy_=_control(grid, exchange, "copy"), oracle=_control(grid, exchange, "oracle")),
        law=law_part(fit_laws(grid), design.n_real),
        scaling=scaling_part(grid),
    )


def grid_of(rows: Sequence[CellRow], metric: str) -> Grid:
    """The finished cells as the estimators see them."""
    return Grid(Observation(_arm(r), r.seed, r.metrics[metric]) for r in rows if r.metrics and metric in r.metrics)


def interval(bounds: Bounds) -> Interval:
    """The report's form of an interval."""
    return Interval(estimate=bounds.estimate, low=bounds.low, high=bounds.high)


def _arm(row: CellRow) -> ArmId:
    return ArmId(row.arm, row.n_real, row.n_synth)


def _arm_row(arm: ArmId, rows: Sequence[CellRow], grid: Grid, exchange: Exchange | None, base: ArmId) -> ArmRow:
    mine = [r for r in rows if _arm(r) == arm]
    there = arm in grid.values
    equivalent = rate = gain = None
    if exchange and there and arm != base:
        gain = interval(exchange.gain(arm, base))
    if exchange and there and arm.n_synth:
        read = exchange.real_equivalent(arm)
        equivalent = _real_equivalent(read)
        # without the n real images there is no base to be worth more than
        rate = interval(exchange.rate(arm, arm.n_real)) if arm.n_real else None
    return ArmRow(
        arm=arm.arm,  # type: ignore[arg-type]
        n_real=arm.n_real,
        n_synth=arm.n_synth,
        n=grid.seeds(arm) if there else 0,
        failed=sum(1 for r in mine if r.status == "failed"),
        mean=grid.mean(arm) if there else None,
        sd=grid.sd(arm) if there else None,
        gain=gain,
        real_equivalent=equivalent,
        exchange_rate=rate,
    )


def _real_equivalent(bounds: Bounds) -> RealEquivalent:
    return RealEquivalent(estimate=bounds.estimate, low=bounds.low, high=bounds.high, censored=bounds.censored)


def _curve(grid: Grid, exchange: Exchange, metric: str) -> RealCurve:
    points = [CurvePoint(n=a.n_real, mean=grid.mean(a), sd=grid.sd(a), seeds=grid.seeds(a)) for a in grid.arms("real")]
    fitted = [CurveValue(**value) for value in exchange.band()]
    return RealCurve(
        metric=metric,
        points=points,
        fitted=fitted,
        power_law=power_law_part(grid),
        pooled_sd=grid.pooled_sd,
        degrees_of_freedom=grid.dof,
    )


def _headline(exchange: Exchange, arm: ArmId, design: Design, metric: str) -> Equivalence:
    equivalent = exchange.real_equivalent(arm)
    rate = equivalent.scaled(arm.n_real, 1 / arm.n_synth)
    verdict, sentence = judge(equivalent, rate, arm, design.task, design.generator)
    inverse = None
    if rate.low is not None and rate.low > 0:
        inverse = Interval(estimate=1 / rate.estimate, low=1 / rate.high if rate.high else None, high=1 / rate.low)
    return Equivalence(
        n_real=arm.n_real,
        n_synth=arm.n_synth,
        metric=metric,
        real_equivalent=_real_equivalent(equivalent),
        exchange_rate=interval(rate),
        synthetic_per_real=inverse,
        verdict=verdict,
        sentence=sentence,
    )


def _control(grid: Grid, exchange: Exchange, name: str) -> Control | None:
    arms = grid.arms(name)
    if not arms:
        return None
    arm = arms[-1]
    equivalent = exchange.real_equivalent(arm)
    rate = equivalent.scaled(arm.n_real, 1 / arm.n_synth)
    return Control(
        n_synth=arm.n_synth,
        expected=WORTH[name],
        exchange_rate=interval(rate),
        real_equivalent=_real_equivalent(equivalent),
        passed=_passes(name, rate),
    )


def _passes(name: str, rate: Bounds) -> bool | None:
    """Whether the interval holds the known answer; an end that lies off the curve excludes nothing."""
    if rate.low is None and rate.high is None:
        return None
    worth = WORTH[name]
    if name == "oracle" and rate.censored == "above":
        return True
    return (rate.low is None or rate.low <= worth) and (rate.high is None or rate.high >= worth)
