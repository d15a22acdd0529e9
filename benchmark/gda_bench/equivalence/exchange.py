"""Real-equivalent and exchange rate, with intervals.

    n_eq = R^-1(metric of the arm)            real-equivalent: real images of the same benefit
    rho  = (n_eq - n) / m                     exchange rate: the worth of one synthetic image in real images

Intervals: the noise variance of a cell is pooled over the whole grid, drawn from its scaled inverse chi-square, and
every cell mean redrawn with it; curve and arm are then read again. Quantiles of the draws that fall off the curve
are censored: a bound that was not measured is None, never an extrapolation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from gda_bench.equivalence.curve import RealCurve
from gda_bench.equivalence.grid import ArmId, Grid

DRAWS = 1000
LEVEL = 0.95
BAND_POINTS = 60

Censored = Literal["above", "below", "flat"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """An estimate with its 95 % interval; an end beyond what was measured, or unknown for one seed, is None."""

    estimate: float
    low: float | None
    high: float | None
    censored: Censored | None = None

    def scaled(self, shift: float, factor: float) -> Bounds:
        """(value - shift) * factor, for a positive factor."""
        low, high = (None if v is None else (v - shift) * factor for v in (self.low, self.high))
        return Bounds((self.estimate - shift) * factor, low, high, self.censored)


class Exchange:
    """The estimator on one grid. seed: of the draws, so that equal grids give equal intervals."""

    def __init__(self, grid: Grid, seed: int = 0, draws: int = DRAWS) -> None:
        self.grid = grid
        self.sizes = grid.real_sizes()
        real = grid.arms("real")
        self.curve = RealCurve(self.sizes, [grid.mean(a) for a in real], [float(grid.seeds(a)) for a in real])
        self._rng = np.random.default_rng(seed)
        self._sigma = self._draw_sigma(draws)
        self._read: dict[ArmId, Bounds] = {}
        self._curves = [self._redraw_curve(s) for s in self._sigma]

    @property
    def flat(self) -> bool:
        """Whether the curve's whole rise may be noise: then no metric can be read back as a number of images."""
        if not self.grid.dof:
            return self.curve.rise <= 0
        first, last = self.grid.arms("real")[0], self.grid.arms("real")[-1]
        spread = self.grid.pooled_sd * np.sqrt(1 / self.grid.seeds(first) + 1 / self.grid.seeds(last))
        return bool(self.curve.rise <= stats.t.ppf(0.975, self.grid.dof) * spread)

    def real_equivalent(self, arm: ArmId) -> Bounds:
        """n_eq of an arm; asked again, the same."""
        if arm not in self._read:
            self._read[arm] = self._real_equivalent(arm)
        return self._read[arm]

    def _real_equivalent(self, arm: ArmId) -> Bounds:
        smallest, largest = float(self.sizes[0]), float(self.sizes[-1])
        value = self.curve.inverse(self.grid.mean(arm))
        estimate = float(np.clip(value, smallest, largest))
        censored: Censored | None = "above" if np.isinf(value) else "below" if value == 0 else None
        if self.flat:
            return Bounds(estimate, None, None, "flat")
        if not self.grid.dof:
            return Bounds(estimate, None, None, censored)
        drawn = self._redraw(arm)
        low, high = _quantiles(np.array([c.inverse(v) for c, v in zip(self._curves, drawn, strict=True)]))
        # a bound that falls off the far end of the curve is still bounded by that end
        low_bound = None if low == 0 else min(low, largest)
        high_bound = None if np.isinf(high) else max(high, smallest)
        return Bounds(estimate, low_bound, high_bound, censored)

    def rate(self, arm: ArmId, n: int) -> Bounds:
        """rho of an arm with n_synth > 0, against the base size n."""
        return self.real_equivalent(arm).scaled(n, 1 / arm.n_synth)

    def gain(self, arm: ArmId, base: ArmId) -> Bounds:
        """Mean difference paired by seed, in metric units, with a t interval on the pooled noise."""
        ours, theirs = self.grid.values[arm], self.grid.values[base]
        shared = sorted(ours.keys() & theirs.keys())
        if not shared:
            return Bounds(self.grid.mean(arm) - self.grid.mean(base), None, None)
        estimate = float(np.mean([ours[s] - theirs[s] for s in shared]))
        if not self.grid.dof:
            return Bounds(estimate, None, None)
        half = stats.t.ppf((1 + LEVEL) / 2, self.grid.dof) * self.grid.pooled_sd * np.sqrt(2 / len(shared))
        return Bounds(estimate, float(estimate - half), float(estimate + half))

    def band(self) -> list[Mapping[str, float]]:
        """The curve with its interval at sizes evenly spaced in log n."""
        sizes = np.geomspace(self.sizes[0], self.sizes[-1], BAND_POINTS)
        sizes[0], sizes[-1] = self.sizes[0], self.sizes[-1]
        value = self.curve(sizes)
        drawn = np.array([c(sizes) for c in self._curves]) if self._curves else value[None]
        low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
        return [
            {"n": float(n), "value": float(v), "low": float(min(a, v)), "high": float(max(b, v))}
            for n, v, a, b in zip(sizes, value, low, high, strict=True)
        ]

    def _draw_sigma(self, draws: int) -> NDArray[np.float64]:
        if not self.grid.dof:
            return np.empty(0)
        return self.grid.pooled_sd * np.sqrt(self.grid.dof / self._rng.chisquare(self.grid.dof, draws))

    def _redraw_curve(self, sigma: float) -> RealCurve:
        real = self.grid.arms("real")
        seeds = np.array([self.grid.seeds(a) for a in real], np.float64)
        means = np.array([self.grid.mean(a) for a in real])
        return RealCurve(self.sizes, means + self._rng.normal(size=len(real)) * sigma / np.sqrt(seeds), seeds.tolist())

    def _redraw(self, arm: ArmId) -> NDArray[np.float64]:
        noise = self._rng.normal(size=len(self._sigma)) * self._sigma / np.sqrt(self.grid.seeds(arm))
        drawn: NDArray[np.float64] = self.grid.mean(arm) + noise
        return drawn


def _quantiles(values: NDArray[np.float64]) -> tuple[float, float]:
    """The central 95 % of draws that may be infinite: by rank, without interpolation between them."""
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], method="inverted_cdf")
    return float(low), float(high)
