"""Real-equivalent and exchange rate, with intervals.

    n_eq = R^-1(metric of the arm)            real-equivalent: real images of the same benefit
    rho  = (n_eq - n) / m                     exchange rate: the worth of one synthetic image in real images

Intervals by inverting a test, as in Fieller's theorem: n_eq may be any size x at which the contrast between the arm
and the curve, metric - R(x), cannot be told from 0 by a t test with the noise of `noise.py`. So an interval is as long
as the curve is flat, and where it reaches an end of the measured curve that end is None: never an extrapolation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from gda_bench.equivalence.curve import RealCurve
from gda_bench.equivalence.grid import ArmId, Grid
from gda_bench.equivalence.noise import Influences, Noise, Spread

LEVEL = 0.95
BAND_POINTS = 60
PLACES = 512
"""Sizes, evenly spaced in log n, at which an arm is held against the curve."""
NUDGE = 1e-6
"""In metric units, to find how the curve follows its points."""

F64 = NDArray[np.float64]
Censored = Literal["above", "below", "flat"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """An estimate with its interval; an end beyond what was measured, or unknown for one seed, is None."""

    estimate: float
    low: float | None
    high: float | None
    censored: Censored | None = None

    def scaled(self, shift: float, factor: float) -> Bounds:
        """(value - shift) * factor, for a positive factor."""
        low, high = (None if v is None else (v - shift) * factor for v in (self.low, self.high))
        return Bounds((self.estimate - shift) * factor, low, high, self.censored)


class Exchange:
    """The estimator on one grid. influences: per-example, for the noise of the test set; None leaves that out."""

    def __init__(self, grid: Grid, influences: Influences | None = None) -> None:
        self.grid = grid
        self.real = grid.arms("real")
        self.sizes = grid.real_sizes()
        self.noise = Noise(grid, influences)
        self._means = np.array([grid.mean(a) for a in self.real])
        self._seeds = [float(grid.seeds(a)) for a in self.real]
        self.curve = RealCurve(self.sizes, self._means, self._seeds)
        self._places = np.geomspace(self.sizes[0], self.sizes[-1], PLACES)
        self._places[0], self._places[-1] = self.sizes[0], self.sizes[-1]
        self._follows = self._slopes(self._places)
        self._read: dict[ArmId, Bounds] = {}

    @property
    def judged(self) -> bool:
        """Whether there is noise to judge by: more than one seed."""
        return self.grid.dof > 0

    @property
    def flat(self) -> bool:
        """Whether the curve's whole rise may be noise: then no metric can be read back as a number of images."""
        if not self.judged or self.curve.rise <= 0:
            return self.curve.rise <= 0
        rise = self.difference(self.real[-1], self.real[0])
        return rise.low is not None and rise.low <= 0

    def real_equivalent(self, arm: ArmId) -> Bounds:
        """n_eq of an arm; asked again, the same."""
        if arm not in self._read:
            self._read[arm] = self._real_equivalent(arm)
        return self._read[arm]

    def rate(self, arm: ArmId, n: int) -> Bounds:
        """rho of an arm with n_synth > 0, against the base size n."""
        return self.real_equivalent(arm).scaled(n, 1 / arm.n_synth)

    def difference(self, arm: ArmId, other: ArmId, level: float = LEVEL) -> Bounds:
        """Mean of `arm` minus mean of `other` in metric units, paired where they share seeds."""
        estimate, spread = self.contrast(arm, other)
        if spread is None:
            return Bounds(estimate, None, None)
        half = float(_quantile(spread, level)[0] * np.sqrt(spread.variance[0]))
        return Bounds(estimate, estimate - half, estimate + half)

    def contrast(self, arm: ArmId, other: ArmId) -> tuple[float, Spread | None]:
        """The difference of two arms' means, over the seeds they share if any, and its spread; None for one seed."""
        mine, theirs = self.grid.values[arm], self.grid.values[other]
        shared = sorted(mine.keys() & theirs.keys())
        if shared:
            estimate = float(np.mean([mine[s] - theirs[s] for s in shared]))
        else:
            estimate = self.grid.mean(arm) - self.grid.mean(other)
        if not self.judged:
            return estimate, None
        if arm == other:
            return estimate, Spread(np.zeros(1), np.zeros(1), np.full(1, float(self.grid.dof)))
        return estimate, self.noise.spread([arm, other], np.array([[1.0, -1.0]]))

    def band(self) -> list[Mapping[str, float]]:
        """The curve with its 95 % interval at sizes evenly spaced in log n; noise between seeds only, since all arms
        share one test set."""
        sizes = np.geomspace(self.sizes[0], self.sizes[-1], BAND_POINTS)
        sizes[0], sizes[-1] = self.sizes[0], self.sizes[-1]
        value, half = self.curve(sizes), np.zeros(len(sizes))
        if self.judged:
            spread = self.noise.spread(self.real, self._slopes(sizes))
            half = _quantile(spread, LEVEL) * np.sqrt(spread.variance - spread.test_variance)
        return [
            {"n": float(n), "value": float(v), "low": float(v - h), "high": float(v + h)}
            for n, v, h in zip(sizes, value, half, strict=True)
        ]

    def _real_equivalent(self, arm: ArmId) -> Bounds:
        smallest, largest = float(self.sizes[0]), float(self.sizes[-1])
        value = self.curve.inverse(self.grid.mean(arm))
        estimate = float(np.clip(value, smallest, largest))
        censored: Censored | None = "above" if np.isinf(value) else "below" if value == 0 else None
        if self.flat:
            return Bounds(estimate, None, None, "flat")
        if not self.judged:
            return Bounds(estimate, None, None, censored)
        low, high = self._compatible(self._distance(arm))
        return Bounds(
            estimate,
            None if low is None else low if low == largest else min(estimate, low),
            None if high is None else high if high == smallest else max(estimate, high),
            censored,
        )

    def _distance(self, arm: ArmId) -> F64:
        """How far the arm's metric is above the curve's at every place, (PLACES,): beyond 1 it is more than noise."""
        arms, weights = self._against_the_curve(arm)
        spread = self.noise.spread(arms, weights)
        above = self.grid.mean(arm) - self.curve(self._places)
        with np.errstate(divide="ignore", invalid="ignore"):
            distance = above / (_quantile(spread, LEVEL) * np.sqrt(spread.variance))
        # without any noise every difference counts, and none counts nothing
        return np.nan_to_num(distance, nan=0.0, posinf=1e9, neginf=-1e9)

    def _compatible(self, distance: F64) -> tuple[float | None, float | None]:
        """The smallest and the largest size that noise allows; None where an end of the curve is allowed itself, and
        the far end of the curve where no size is."""
        down, up = np.flatnonzero(distance <= 1), np.flatnonzero(distance >= -1)
        low = (
            float(self.sizes[-1]) if not len(down) else None if down[0] == 0 else self._where(distance, down[0] - 1, 1)
        )
        high = (
            float(self.sizes[0]) if not len(up) else None if up[-1] == PLACES - 1 else self._where(distance, up[-1], -1)
        )
        return low, high

    def _where(self, distance: F64, i: int, level: float) -> float:
        """Where, between place i and the next, the distance passes the level."""
        share = (distance[i] - level) / (distance[i] - distance[i + 1])
        return float(self._places[i] * (self._places[i + 1] / self._places[i]) ** share)

    def _against_the_curve(self, arm: ArmId) -> tuple[Sequence[ArmId], F64]:
        if arm in self.real:
            own = np.array([float(other == arm) for other in self.real])
            return self.real, own - self._follows
        return [*self.real, arm], np.column_stack([-self._follows, np.ones(len(self._follows))])

    def _slopes(self, sizes: F64) -> F64:
        """How R at each size (X,) follows the mean of each real arm (A): (X, A), rows sum to 1."""
        columns = []
        for i in range(len(self.real)):
            step = NUDGE * np.eye(len(self.real))[i]
            up, down = (RealCurve(self.sizes, self._means + sign * step, self._seeds)(sizes) for sign in (1, -1))
            columns.append((up - down) / (2 * NUDGE))
        return np.column_stack(columns)


def _quantile(spread: Spread, level: float) -> F64:
    return np.asarray(stats.t.ppf((1 + level) / 2, spread.dof))
