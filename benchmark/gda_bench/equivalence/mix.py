"""Which mix to buy: extra real images and synthetic ones, from the fitted curve and law, at given prices.

A mix is n' real images, n of which are there already, and m samples of a generator trained on those n'. Its metric is
R(n_eq(n', m)). Only what was measured is offered: n' from n to the largest real size, m/n' between the smallest and
the largest m/n of the grid or m = 0, and no metric above the curve's top. One thing is assumed: that the law, fitted
at the base sizes, holds in m/n' at the other n' as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gda_bench.equivalence.interval import Interval, central
from gda_bench.equivalence.laws import Laws

F64 = NDArray[np.float64]
Kinds = Literal["any", "real", "synthetic"]
"""What may be bought: both, extra real images only, or synthetic images only."""

SIZES = 1000
"""Sizes n' that are searched, evenly spaced in log n', before every size near the best is."""
RATIOS = 400
HALVINGS = 40
SLACK = 1e-9
"""In metric units: rounding, when a metric that was reached is asked for again."""


@dataclass(frozen=True, slots=True)
class Prices:
    """What one labelled real image and one synthetic image cost, in any one currency; 0 or more."""

    real: float
    synthetic: float


@dataclass(frozen=True, slots=True)
class Mix:
    """n_real = n + extra_real. metric: predicted mean over seeds. chance: that it is at least the target, by the same
    draws; None without a target, or for a single seed."""

    extra_real: int
    n_real: int
    n_synth: int
    cost: float
    metric: Interval
    chance: float | None


class Market:
    """All mixes from a base size n on, at the prices."""

    def __init__(self, laws: Laws, n: int, prices: Prices, kinds: Kinds = "any") -> None:
        self.laws, self.n, self.prices, self.kinds = laws, n, prices, kinds
        ratio = laws.arms.m / laws.arms.n
        self.ratios = (float(ratio.min()), float(ratio.max()))
        self.largest = n if kinds == "synthetic" else max(n, int(laws.curve.n_high))

    def cheapest(self, target: float) -> Mix | None:
        """The cheapest mix whose predicted metric is at least the target; None where no measured mix reaches it."""
        if target > self.laws.curve.values[0, -1]:
            return None
        sizes = np.unique(np.round(np.geomspace(self.n, self.largest, SIZES)))
        for _ in range(2):
            m = self._fewest(sizes, target)
            cost = self._cost(sizes, m)
            if not np.isfinite(cost).any():
                return None
            best = int(np.argmin(cost))
            # and then every whole number between its neighbours
            low, high = sizes[max(best - 1, 0)], sizes[min(best + 1, len(sizes) - 1)]
            found, sizes = (sizes[best], m[best]), np.arange(low, high + 1)
        return self._mix(*found, target)

    def best(self, budget: float) -> Mix:
        """The mix with the highest predicted metric that the budget pays, and of equal ones the cheapest."""
        sizes = np.unique(np.round(np.geomspace(self.n, self.largest, SIZES)))
        if self.prices.real:
            all_real = self.n + np.floor(budget / self.prices.real)
            sizes = np.union1d(sizes, [min(all_real, self.largest)])
        left = budget - self._cost(sizes, np.zeros_like(sizes))
        sizes, left = sizes[left >= 0], left[left >= 0]
        few, most = self._range(sizes)
        if self.prices.synthetic:
            most = np.minimum(most, np.floor(left / self.prices.synthetic))
        m = np.where(most >= few, most, 0)
        highest = max(float(self._metric(sizes, m).max()), float(self._metric(sizes, np.zeros_like(m)).max()))
        found = self.cheapest(highest - SLACK)
        return self._mix(found.n_real, found.n_synth, None) if found else self._mix(self.n, 0, None)

    def _cost(self, sizes: F64, m: F64) -> F64:
        # an infinite m, which stands for no mix, has no price even where images are free
        cost: F64 = np.where(np.isinf(m), np.inf, (sizes - self.n) * self.prices.real)
        return cost + np.where(np.isinf(m), 0, m) * self.prices.synthetic

    def _metric(self, sizes: F64, m: F64) -> F64:
        return self.laws.metric(self.laws.selected, sizes, m)

    def _range(self, sizes: F64) -> tuple[F64, F64]:
        """The fewest synthetic images that were measured at each n', and the number beyond which more do no good."""
        few, most = np.ceil(self.ratios[0] * sizes), np.floor(self.ratios[1] * sizes)
        if self.kinds == "real":
            return few, np.zeros_like(sizes)
        tried = np.round(np.geomspace(few, np.maximum(most, few), RATIOS))
        worth = np.array([self.laws.selected.worth(sizes, row) for row in tried])
        peak: F64 = tried[np.argmax(worth, axis=0), np.arange(len(sizes))]
        return few, np.minimum(peak, most)

    def _fewest(self, sizes: F64, target: float) -> F64:
        """The fewest synthetic images with which each n' reaches the target: 0 for none, inf where it cannot.

        Up to its peak, worth rises with m in every family or falls all the way; so halving finds the place.
        """
        alone = self._metric(sizes, np.zeros_like(sizes)) >= target
        low, high = self._range(sizes)
        within = (high >= low) & (self._metric(sizes, np.maximum(high, low)) >= target)
        for _ in range(HALVINGS):
            middle = np.floor((low + high) / 2)
            reached = self._metric(sizes, middle) >= target
            low, high = np.where(reached, low, np.minimum(middle + 1, high)), np.where(reached, middle, high)
        fewest: F64 = np.where(alone, 0, np.where(within, high, np.inf))
        return fewest

    def _mix(self, n_real: float, n_synth: float, target: float | None) -> Mix:
        n, m = np.array([float(n_real)]), np.array([float(n_synth)])
        draws = self.laws.metric_draws(self.laws.selected, n, m)[:, 0]
        return Mix(
            extra_real=int(n_real) - self.n,
            n_real=int(n_real),
            n_synth=int(n_synth),
            cost=float(self._cost(n, m)[0]),
            metric=central(float(self._metric(n, m)[0]), draws),
            chance=float(np.mean(draws >= target)) if target is not None and len(draws) else None,
        )
