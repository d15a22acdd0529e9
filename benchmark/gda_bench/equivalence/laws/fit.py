"""One family of laws, fitted at the metric level: R(n_eq(n, m)) against the means of the mix arms.

Both sides of a residual are cut to what the curve reaches. So an arm beyond the top of the curve asks of the law only
that it, too, lies beyond: it is censored, and does not drag the fit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gda_bench.equivalence.laws.curves import Curves
from gda_bench.equivalence.laws.families import Family
from gda_bench.equivalence.laws.least_squares import solve

F64 = NDArray[np.float64]

STARTS = 3
"""How many of the combinations that were tried are followed to their minimum."""


@dataclass(frozen=True, slots=True)
class Arms:
    """The mix arms: base size n, m, mean and number of seeds, each (J,)."""

    n: F64
    m: F64
    mean: F64
    seeds: F64


def fit_family(family: Family, curve: Curves, arms: Arms) -> F64:
    """theta (p,) with the least weighted squared error on one curve."""
    tried = family.combinations()
    many = curve.repeat(len(tried))
    value, _ = many.at(family.worth(tried, arms.n, arms.m))
    cost = (arms.seeds * (value - many.clip(arms.mean)) ** 2).sum(axis=1)
    starts = tried[np.argsort(cost, kind="stable")[:STARTS]]
    theta, cost = _solve(
        family, curve.repeat(len(starts)), arms, means=arms.mean, weight=np.sqrt(arms.seeds), start=starts
    )
    best: F64 = theta[np.argmin(cost)]
    return best


def refit(family: Family, curves: Curves, arms: Arms, means: F64, start: F64) -> F64:
    """theta (D, p) for redrawn curves and means (D, J), from the estimate (p,)."""
    starts = np.repeat(start[None], len(means), axis=0)
    return _solve(family, curves, arms, means=means, weight=np.sqrt(arms.seeds), start=starts)[0]


def left_out_errors(family: Family, curve: Curves, arms: Arms, start: F64) -> F64:
    """The predicted metric minus the mean of each arm (J,), predicted without that arm. Both are cut to the curve."""
    count = len(arms.n)
    curves, kept = curve.repeat(count), 1 - np.eye(count)
    starts = np.repeat(start[None], count, axis=0)
    theta, _ = _solve(family, curves, arms, means=arms.mean, weight=np.sqrt(arms.seeds) * kept, start=starts)
    value, _ = curves.at(family.worth(theta, arms.n, arms.m))
    error: F64 = np.diagonal(value - curves.clip(arms.mean)).copy()
    return error


def _solve(family: Family, curves: Curves, arms: Arms, *, means: F64, weight: F64, start: F64) -> tuple[F64, F64]:
    """means and weight (of a residual, not of its square): (J,) or (D, J)."""
    target = curves.clip(means)

    def residuals(theta: F64) -> F64:
        value, _ = curves.at(family.worth(theta, arms.n, arms.m))
        return weight * (value - target)

    def jacobian(theta: F64) -> F64:
        _, slope = curves.at(family.worth(theta, arms.n, arms.m))
        return (weight * slope)[:, :, None] * family.jacobian(theta, arms.n, arms.m)

    return solve(residuals, jacobian, start, np.array(family.low), np.array(family.high))
