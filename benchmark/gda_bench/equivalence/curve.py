"""The real curve R(n'): monotone in the number of real images, invertible within what was measured.

Isotonic regression of the cell means (weights: seeds), then a monotone cubic (PCHIP: Fritsch & Carlson 1980) in
log n'. It never extrapolates.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import PchipInterpolator
from scipy.optimize import isotonic_regression

RESOLUTION = 512
"""Sizes, evenly spaced in log n', at which the curve is tabulated for inversion."""


class RealCurve:
    """R through the points (n, mean). n ascending, at least two sizes."""

    def __init__(self, n: ArrayLike, mean: ArrayLike, weights: Sequence[float] | None = None) -> None:
        self.n = np.asarray(n, np.float64)
        monotone = isotonic_regression(np.asarray(mean, np.float64), weights=weights, increasing=True).x
        self._curve = PchipInterpolator(np.log(self.n), monotone, extrapolate=False)
        self._log_n = np.linspace(np.log(self.n[0]), np.log(self.n[-1]), RESOLUTION)
        # rounding in the cubic must not undo the order that the regression made
        self._value = np.maximum.accumulate(self._curve(self._log_n))

    def __call__(self, n: ArrayLike) -> NDArray[np.float64]:
        """R(n); nan outside the measured sizes."""
        inside = np.clip(np.log(np.asarray(n, np.float64)), self._log_n[0], self._log_n[-1])
        value: NDArray[np.float64] = np.where(
            (np.asarray(n) < self.n[0]) | (np.asarray(n) > self.n[-1]), np.nan, self._curve(inside)
        )
        return value

    @property
    def rise(self) -> float:
        """R at the largest size minus R at the smallest."""
        return float(self._value[-1] - self._value[0])

    def inverse(self, value: float) -> float:
        """n_eq with R(n_eq) = value; inf above the curve, 0 below it. On a flat stretch, its middle in log n."""
        if value > self._value[-1]:
            return np.inf
        if value < self._value[0]:
            return 0.0
        low = np.searchsorted(self._value, value, side="left")
        high = np.searchsorted(self._value, value, side="right")
        if high > low:  # the table holds the value itself, perhaps all along a stretch
            return float(np.exp((self._log_n[low] + self._log_n[high - 1]) / 2))
        before, after = self._value[low - 1], self._value[low]
        share = (value - before) / (after - before)
        return float(np.exp(self._log_n[low - 1] + share * (self._log_n[low] - self._log_n[low - 1])))
