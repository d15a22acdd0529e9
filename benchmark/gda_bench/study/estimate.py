"""The estimators applied to a study's cells: arms, curve, headline and controls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from gda_bench.api import Protocol
from gda_bench.equivalence.exchange import Bounds, Exchange
from gda_bench.equivalence.grid import ArmId, Grid, Observation
from gda_bench.equivalence.laws import fit_laws
from gda_bench.equivalence.noise import Influences
from gda_bench.equivalence.tost import MARGIN, tost
from gda_bench.equivalence.trust import doubts
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
    Tost,
)
from gda_bench.study.law_parts import law_part, power_law_part, scaling_part
from gda_bench.study.profile import Profile


@dataclass(frozen=True, slots=True)
class Design:
    """What was decided before any result was seen. n_real: the base size n. n_synth: the headline's m, or None where
    the headline cannot be measured. task, generator: names for the sentence. protocol: says how many images of an arm
    count, and what the controls are worth."""

    n_real: int
    n_synth: int | None
    task: str
    generator: str
    protocol: Protocol


@dataclass(frozen=True, slots=True)
class Estimates:
    """The estimated parts of a report; what the cells do not allow is None."""

    arms: list[ArmRow]
    real_curve: RealCurve | None
    equivalence: Equivalence | None
    controls: Controls
    tost: list[Tost] | None = None
    law: Law | None = None
    scaling: list[Exponent] | None = None
    doubts: tuple[str, ...] = ()
    """Why the headline's interval is not to be trusted, a clause each."""


def estimate(rows: Sequence[CellRow], design: Design, metric: str, influences: Influences | None = None) -> Estimates:
    """Everything that the finished cells say of one metric. influences: of the cells whose predictions are there."""
    grid = grid_of(rows, metric)
    base = ArmId("real", design.n_real, 0)
    # a curve takes two sizes, and a comparison takes the base size itself
    exchange = Exchange(grid, influences) if base in grid.values and len(grid.real_sizes()) > 1 else None
    failed = Counter(_arm(r) for r in rows if r.status == "failed")
    ids = dict.fromkeys(_arm(r) for r in rows)
    arms = [_arm_row(arm, failed[arm], grid, exchange, design) for arm in ids]
    if exchange is None:
        return Estimates(arms, None, None, Controls())
    n_test = min((r.n_test for r in rows if r.n_test), default=None)
    headline = ArmId("mix", design.n_real, design.n_synth or 0)
    measured = headline in grid.values
    return Estimates(
        arms,
        _curve(exchange, metric, (headline, base) if measured else None),
        _headline(exchange, headline, design, metric) if measured else None,
        Controls(copy_=_control(grid, exchange, "copy", design), oracle=_control(grid, exchange, "oracle", design)),
        _tost(exchange, headline) if measured else None,
        law_part(fit_laws(grid), design.n_real),
        scaling_part(grid),
        tuple(doubts(exchange, headline, n_test, metric)) if measured and exchange.judged else (),
    )


def headline_size(rows: Sequence[CellRow], n: int, profile: Profile) -> int | None:
    """The headline's m, of the mixes that were planned: where its cells failed, a smaller m must not step in for it."""
    largest = round(n * profile.headline_ratio)
    return max((r.n_synth for r in rows if r.arm == "mix" and r.n_synth <= largest), default=None)


def grid_of(rows: Sequence[CellRow], metric: str) -> Grid:
    """The finished cells as the estimators see them."""
    return Grid(Observation(_arm(r), r.seed, r.metrics[metric]) for r in rows if r.metrics and metric in r.metrics)


def interval(bounds: Bounds) -> Interval:
    """The report's form of an interval."""
    return Interval(estimate=bounds.estimate, low=bounds.low, high=bounds.high)


def _arm(row: CellRow) -> ArmId:
    return ArmId(row.arm, row.n_real, row.n_synth)


def rate_of(equivalent: Bounds, arm: ArmId, design: Design) -> Bounds:
    """rho = (n_eq - n_used) / m_used: under some protocols an arm's training leaves images out."""
    n, m = design.protocol.used(arm.n_real, arm.n_synth)
    return equivalent.scaled(n, 1 / m)


def _arm_row(arm: ArmId, failed: int, grid: Grid, exchange: Exchange | None, design: Design) -> ArmRow:
    # a grid may hold several base sizes: an arm is compared with its own
    base, own = ArmId("real", design.n_real, 0), ArmId("real", arm.n_real, 0)
    base = own if arm.arm != "real" and own in grid.values else base
    there = arm in grid.values
    equivalent = rate = gain = None
    if exchange and there and arm != base:
        gain = interval(exchange.difference(arm, base))
    if exchange and there and arm.n_synth:
        read = exchange.real_equivalent(arm)
        equivalent = _real_equivalent(read)
        # without the n real images there is no base to be worth more than
        rate = interval(rate_of(read, arm, design)) if arm.n_real else None
    return ArmRow(
        arm=arm.arm,  # type: ignore[arg-type]
        n_real=arm.n_real,
        n_synth=arm.n_synth,
        n=grid.seeds(arm) if there else 0,
        failed=failed,
        mean=grid.mean(arm) if there else None,
        sd=grid.sd(arm) if there else None,
        gain=gain,
        real_equivalent=equivalent,
        exchange_rate=rate,
    )


def _real_equivalent(bounds: Bounds) -> RealEquivalent:
    return RealEquivalent(estimate=bounds.estimate, low=bounds.low, high=bounds.high, censored=bounds.censored)


def _curve(exchange: Exchange, metric: str, compared: tuple[ArmId, ArmId] | None) -> RealCurve:
    """compared: headline and base, whose difference tells how much of the noise is the test set's."""
    grid = exchange.grid
    test_sd = None
    if compared and exchange.noise.knows_the_test_set and (spread := exchange.contrast(*compared)[1]):
        test_sd = float(spread.test_variance[0] ** 0.5)
    return RealCurve(
        metric=metric,
        points=[CurvePoint(n=a.n_real, mean=grid.mean(a), sd=grid.sd(a), seeds=grid.seeds(a)) for a in exchange.real],
        fitted=[CurveValue(**value) for value in exchange.band()],
        power_law=power_law_part(grid),
        pooled_sd=grid.pooled_sd,
        degrees_of_freedom=grid.dof,
        test_sd=test_sd,
    )


def _tost(exchange: Exchange, mix: ArmId) -> list[Tost] | None:
    tests = [
        Tost(
            margin=MARGIN,
            n_synth=mix.n_synth,
            n_real=test.real.n_real,
            difference=interval(test.difference),
            p_value=test.p_value,
            equivalent=test.holds,
        )
        for test in tost(exchange, mix)
    ]
    return tests or None


def _headline(exchange: Exchange, arm: ArmId, design: Design, metric: str) -> Equivalence:
    equivalent = exchange.real_equivalent(arm)
    rate = rate_of(equivalent, arm, design)
    used = ArmId(arm.arm, *design.protocol.used(arm.n_real, arm.n_synth))
    verdict, sentence = judge(equivalent, rate, used, design.task, design.generator, judged=exchange.judged)
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


def _control(grid: Grid, exchange: Exchange, name: Literal["copy", "oracle"], design: Design) -> Control | None:
    arms = grid.arms(name)
    if not arms:
        return None
    arm = arms[-1]
    equivalent = exchange.real_equivalent(arm)
    rate = rate_of(equivalent, arm, design)
    worth = design.protocol.control_worth(name, arm.n_real, arm.n_synth)
    passed = _passes(worth, rate) if exchange.judged else None
    # where real and synthetic are not treated alike, a miss may be the layout's doing and is no proof of a fault
    if passed is False and not design.protocol.exchangeable:
        passed = None
    return Control(
        n_synth=arm.n_synth,
        expected=worth,
        exchange_rate=interval(rate),
        real_equivalent=_real_equivalent(equivalent),
        passed=passed,
    )


def _passes(worth: float | None, rate: Bounds) -> bool | None:
    """Whether the interval holds the known answer; an end that lies off the curve excludes nothing."""
    if worth is None or rate.censored == "flat":
        return None
    if worth == 1 and rate.censored == "above":
        return True
    return (rate.low is None or rate.low <= worth) and (rate.high is None or rate.high >= worth)
