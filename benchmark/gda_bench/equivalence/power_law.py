"""The real curve as a power law: error(n) = a n^-b + c, where error = 1 - metric.

Fitted to the means by weighted least squares, with a >= 0, b > 0 and 0 <= c <= the smallest error. For a given b the
best a and c are known in closed form, so only b is searched (variable projection: Golub & Pereyra 1973): there are
no starting values, and many redrawn curves are fitted at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

F64 = NDArray[np.float64]

B_RANGE = (0.01, 5.0)
"""Exponents that are tried: published ones lie between 0.1 and 1; at 0.01 the curve is a straight line in log n."""
SEARCHED, REFINED, ROUNDS = 100, 17, 4
"""Exponents of the first search, and of each of the rounds that zoom in on the best of the one before."""


@dataclass(frozen=True, slots=True)
class PowerLawCurve:
    """R(n) = 1 - a n^-b - c within the measured sizes n_low to n_high. rmse: of the means, in metric units."""

    a: float
    b: float
    c: float
    rmse: float
    n_low: float
    n_high: float

    def __call__(self, n: ArrayLike) -> F64:
        """R(n); nan outside the measured sizes."""
        n = np.asarray(n, np.float64)
        value: F64 = np.where((n < self.n_low) | (n > self.n_high), np.nan, 1 - self.a * n**-self.b - self.c)
        return value

    @property
    def rise(self) -> float:
        """R at the largest size minus R at the smallest."""
        return float(self(self.n_high) - self(self.n_low))

    def inverse(self, value: float) -> float:
        """n_eq with R(n_eq) = value; inf above the curve, 0 below it. On a flat curve, its middle in log n."""
        if value > self(self.n_high):
            return np.inf
        if value < self(self.n_low):
            return 0.0
        if self.a == 0:
            return float(np.sqrt(self.n_low * self.n_high))
        return float(np.clip(((1 - self.c - value) / self.a) ** (-1 / self.b), self.n_low, self.n_high))


def fit_power_law(n: ArrayLike, mean: ArrayLike, weights: ArrayLike | None = None) -> PowerLawCurve:
    """The power law through the means (K,) at the sizes n (K,); K >= 3, or there is nothing to fit.

    weights (K,): how much each squared residual counts, such as the number of seeds.
    """
    n, mean = np.asarray(n, np.float64), np.asarray(mean, np.float64)
    a, b, c = fit_power_laws(n, mean[None], weights)[0]
    rmse = np.sqrt(np.mean((1 - a * n**-b - c - mean) ** 2))
    return PowerLawCurve(float(a), float(b), float(c), float(rmse), float(n.min()), float(n.max()))


def fit_power_laws(n: ArrayLike, means: ArrayLike, weights: ArrayLike | None = None) -> F64:
    """(a, b, c) of many curves at the same sizes n (K,): means (D, K) to (D, 3)."""
    n, error = np.asarray(n, np.float64), 1 - np.asarray(means, np.float64)
    if len(n) < 3:
        raise ValueError(f"a power law takes 3 sizes or more, not {len(n)}")
    w = np.ones_like(n) if weights is None else np.asarray(weights, np.float64)
    centre = np.exp(np.mean(np.log(n)))
    tried = np.broadcast_to(np.geomspace(*B_RANGE, SEARCHED), (len(error), SEARCHED))
    for _ in range(ROUNDS + 1):
        a, c, sse = _given_b(tried, n / centre, error, w)
        best = np.argmin(sse, axis=1)[:, None]
        low, high = (np.take_along_axis(tried, np.clip(best + step, 0, tried.shape[1] - 1), axis=1) for step in (-1, 1))
        b, a, c = (np.take_along_axis(values, best, axis=1)[:, 0] for values in (tried, a, c))
        tried = np.geomspace(low[:, 0], high[:, 0], REFINED, axis=1)
    return np.stack([a * centre**b, b, c], axis=1)


def _given_b(b: F64, n: F64, error: F64, w: F64) -> tuple[F64, F64, F64]:
    """The best a, c and the weighted squared error for each exponent: b (D, T), error (D, K) to three of (D, T)."""
    w = w / w.sum()
    x = n ** -b[..., None]
    y = error[:, None, :]
    mean_x, mean_y = (w * x).sum(-1), (w * y).sum(-1)
    slope = (w * (x - mean_x[..., None]) * (y - mean_y[..., None])).sum(-1) / (w * (x - mean_x[..., None]) ** 2).sum(-1)
    highest = np.maximum(error.min(axis=1), 0)[:, None]
    c = np.clip(mean_y - slope * mean_x, 0, highest)
    # with c held at a bound, the best a is another; a two-sided problem this small is solved by that
    a = np.maximum((w * x * (y - c[..., None])).sum(-1) / (w * x**2).sum(-1), 0)
    sse = (w * (a[..., None] * x + c[..., None] - y) ** 2).sum(-1)
    return a, c, sse
