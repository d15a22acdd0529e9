"""Laws, exponents and the power law in the report's form."""

from __future__ import annotations

import numpy as np

from gda_bench.equivalence.grid import Grid
from gda_bench.equivalence.interval import Interval as Found
from gda_bench.equivalence.laws import PUBLISHED_C2, FittedLaw, Laws
from gda_bench.equivalence.laws.curves import real_means
from gda_bench.equivalence.power_law import fit_power_law
from gda_bench.equivalence.scaling import scaling
from gda_bench.report.model import Exponent, Interval, Law, LawCandidate, LawPoint, PowerLaw

CURVE_POINTS = 40
FEWEST_SIZES = 4
"""Real sizes that say more than the three constants of a power law can follow."""


def law_part(laws: Laws | None, n: int) -> Law | None:
    """All candidates, with the curve of each at the base size n."""
    if laws is None:
        return None
    return Law(
        selected=laws.selected.family.name,
        candidates=[_candidate(laws, law, n) for law in laws.laws],
        c2=_interval(laws.c2) if laws.c2 else None,
        kappa=_interval(laws.kappa),
        reference=dict(PUBLISHED_C2),
        note=laws.note,
    )


def scaling_part(grid: Grid) -> list[Exponent] | None:
    """The exponents that the grid allows; None where it allows none."""
    found = [slope for arm in ("real", "synthetic") if (slope := scaling(grid, arm))]
    return [Exponent(arm=s.arm, slope=_interval(s.slope), sizes=s.sizes) for s in found] or None


def power_law_part(grid: Grid) -> PowerLaw | None:
    """The power law through the real means; None with fewer than four sizes."""
    sizes, means, seeds = real_means(grid)
    if len(sizes) < FEWEST_SIZES:
        return None
    fitted = fit_power_law(sizes, means, seeds)
    return PowerLaw(a=fitted.a, b=fitted.b, c=fitted.c, rmse=fitted.rmse)


def _candidate(laws: Laws, law: FittedLaw, n: int) -> LawCandidate:
    return LawCandidate(
        name=law.family.name,
        formula=law.family.formula,
        cv_rmse=law.cv_rmse,
        parameters={name: _interval(value) for name, value in law.parameters().items()},
        curve=_curve(laws, law, n),
    )


def _curve(laws: Laws, law: FittedLaw, n: int) -> list[LawPoint]:
    """At m between the smallest and the largest that were measured at n; n_eq no further than the real curve."""
    measured = laws.arms.m[laws.arms.n == n]
    if not len(measured):
        return []
    m = np.unique(np.round(np.geomspace(measured.min(), measured.max(), CURVE_POINTS))).astype(np.float64)
    sizes = np.full(len(m), n, np.float64)
    worth = np.clip(law.worth(sizes, m), laws.curve.n_low, laws.curve.n_high)
    points = zip(m, worth, laws.metric(law, sizes, m), strict=True)
    return [LawPoint(n_synth=int(a), real_equivalent=float(b), metric=float(np.clip(c, 0, 1))) for a, b, c in points]


def _interval(found: Found) -> Interval:
    return Interval(estimate=found.estimate, low=found.low, high=found.high)
