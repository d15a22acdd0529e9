"""Scaling exponents: the slope of ln(error) against ln(size), for real images and for synthetic ones alone.

The least-squares slope is taken for each seed, and a t interval over seeds (Fan et al., arXiv 2312.04567, fit the
same line). A regression of the means with the grid's pooled noise has more degrees of freedom, but that noise leaves
out what a seed moves in all its arms, and such a shift bends the line where errors are small: simulated, its interval
holds the truth about 55 % of the time, that over seeds 95 % (benchmark/simulations/laws.md). An error that no size
removes (c of the power law) makes the line flatter than b.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from gda_bench.equivalence.grid import ArmId, Grid
from gda_bench.equivalence.interval import LEVEL, Interval

FEWEST = 3
"""Sizes that a slope takes."""


@dataclass(frozen=True, slots=True)
class Slope:
    """sizes: those that the slope was fitted to, n' or m, ascending."""

    arm: Literal["real", "synthetic"]
    slope: Interval
    sizes: list[int]


def scaling(grid: Grid, arm: Literal["real", "synthetic"]) -> Slope | None:
    """The exponent of one kind of arm; None with fewer than three sizes.

    Seeds that lack a size are left out of the interval. Sizes at which a seed made no error at all have no logarithm
    and are left out.
    """
    arms = [a for a in grid.arms(arm) if all(value < 1 for value in grid.values[a].values())]
    if len(arms) < FEWEST:
        return None
    sizes = [_size(a) for a in arms]
    seeds = sorted(set.intersection(*(set(grid.values[a]) for a in arms)))
    if not seeds:
        means = np.log([1 - grid.mean(a) for a in arms])
        return Slope(arm, Interval(_slope(sizes, means), None, None), sizes)
    errors = np.log([[1 - grid.values[a][seed] for a in arms] for seed in seeds])
    slopes = np.array([_slope(sizes, row) for row in errors])
    return Slope(arm, _t_interval(slopes), sizes)


def _size(arm: ArmId) -> int:
    return arm.n_real or arm.n_synth


def _slope(sizes: list[int], log_error: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    return float(np.polynomial.Polynomial.fit(np.log(sizes), log_error, 1).convert().coef[1])


def _t_interval(slopes: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Interval:
    mean = float(np.mean(slopes))
    if len(slopes) < 2:
        return Interval(mean, None, None)
    half = stats.t.ppf((1 + LEVEL) / 2, len(slopes) - 1) * np.std(slopes, ddof=1) / np.sqrt(len(slopes))
    return Interval(mean, float(mean - half), float(mean + half))
