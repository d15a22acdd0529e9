"""Scaling exponents: the slope of ln(error) against ln(size), error = 1 - metric (as in arXiv 2312.04567).

A slope is fitted to each seed's own arms, so that what a seed does to all sizes cancels, and the interval is a t
interval over seeds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from gda_bench.equivalence.grid import ArmId, Grid

FEWEST = 3
"""Sizes that a slope takes."""
LEVEL = 0.95
NO_ERROR = 1e-6


@dataclass(frozen=True, slots=True)
class Slope:
    """low, high: 95 % interval over seeds, None for one seed. sizes: those it was fitted to."""

    estimate: float
    low: float | None
    high: float | None
    sizes: tuple[int, ...]


def slope(grid: Grid, arms: list[ArmId]) -> Slope | None:
    """The exponent of arms that differ in size alone, n_real + n_synth; None for fewer than three sizes that share a
    seed, or where an error is 0."""
    if len(arms) < FEWEST:
        return None
    sizes = [arm.n_real + arm.n_synth for arm in arms]
    seeds = sorted(set.intersection(*(set(grid.values[arm]) for arm in arms)))
    if not seeds:
        return None
    error = 1 - np.array([[grid.values[arm][seed] for arm in arms] for seed in seeds])
    if (error < NO_ERROR).any():
        return None
    slopes = np.polyfit(np.log(sizes), np.log(error).T, 1)[0]
    estimate, k = float(slopes.mean()), len(seeds)
    if k < 2:
        return Slope(estimate, None, None, tuple(sizes))
    half = float(stats.t.ppf((1 + LEVEL) / 2, k - 1) * slopes.std(ddof=1) / np.sqrt(k))
    return Slope(estimate, estimate - half, estimate + half, tuple(sizes))
