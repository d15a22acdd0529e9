"""Many real curves at once, tabulated in log n: the measured one, and those of redrawn means.

A law is read through R, so R should be as smooth as the truth and no smoother: the power law where it fits the means
to within their noise (it shares their noise out over three numbers), the monotone curve where it does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from gda_bench.equivalence.curve import RealCurve
from gda_bench.equivalence.grid import Grid
from gda_bench.equivalence.power_law import fit_power_law, fit_power_laws

F64 = NDArray[np.float64]
Shape = Literal["power law", "monotone"]

RESOLUTION = 512
"""Sizes, evenly spaced in log n, at which a curve is tabulated."""
MISFIT = 0.05
"""The power law is dropped where its lack of fit is as improbable as this."""


@dataclass(frozen=True, slots=True)
class Curves:
    """R of D curves between n_low and n_high: values (D, RESOLUTION), at sizes evenly spaced in log n."""

    n_low: float
    n_high: float
    values: F64

    def at(self, n: F64) -> tuple[F64, F64]:
        """R and its derivative at n (D, J); beyond the measured sizes R stays at its end, and the derivative is 0."""
        width = np.log(self.n_high / self.n_low) / (RESOLUTION - 1)
        # a law may come out below one image; the curve ended long before
        positive = np.maximum(n, 1e-9)
        place = np.log(positive / self.n_low) / width
        inside = (place > 0) & (place < RESOLUTION - 1)
        place = np.clip(place, 0, RESOLUTION - 1)
        left = np.minimum(place.astype(np.int64), RESOLUTION - 2)
        before = np.take_along_axis(self.values, left, axis=1)
        rise = np.take_along_axis(self.values, left + 1, axis=1) - before
        return before + (place - left) * rise, np.where(inside, rise / width / positive, 0)

    def clip(self, metric: F64) -> F64:
        """A metric (J,) or (D, J), cut to what each curve reaches: (D, J)."""
        return np.clip(metric, self.values[:, :1], self.values[:, -1:])

    def repeat(self, times: int) -> Curves:
        """The first curve, this often."""
        return Curves(self.n_low, self.n_high, np.repeat(self.values[:1], times, axis=0))

    @property
    def sizes(self) -> F64:
        """Where the curves are tabulated."""
        return _tabulated(self.n_low, self.n_high)


def choose_shape(grid: Grid) -> Shape:
    """The power law, unless an F test of lack of fit against the pooled noise refutes it, or too few sizes test it."""
    sizes, means, seeds = real_means(grid)
    if len(sizes) < 4:
        return "monotone"
    if not grid.dof or not grid.pooled_sd:
        return "power law"
    misfit = float((seeds * (fit_power_law(sizes, means, seeds)(sizes) - means) ** 2).sum())
    free = len(sizes) - 3
    p_value = stats.f.sf(misfit / free / grid.pooled_sd**2, free, grid.dof)
    return "monotone" if p_value < MISFIT else "power law"


def make_curves(shape: Shape, sizes: F64, means: F64, weights: F64) -> Curves:
    """Curves through means (D, K) at sizes (K,), weighted by seeds (K,)."""
    n = _tabulated(sizes[0], sizes[-1])
    if shape == "power law":
        a, b, c = (column[:, None] for column in fit_power_laws(sizes, means, weights).T)
        values = 1 - a * n**-b - c
    else:
        values = np.array([RealCurve(sizes, row, weights.tolist())(n) for row in means]).reshape(len(means), len(n))
    # rounding must not undo the order
    return Curves(float(sizes[0]), float(sizes[-1]), np.maximum.accumulate(values, axis=1))


def real_means(grid: Grid) -> tuple[F64, F64, F64]:
    """Sizes n' of the real arms, their means and their numbers of seeds, each (K,)."""
    arms = grid.arms("real")
    return (
        np.array([a.n_real for a in arms], np.float64),
        np.array([grid.mean(a) for a in arms]),
        np.array([grid.seeds(a) for a in arms], np.float64),
    )


def _tabulated(n_low: float, n_high: float) -> F64:
    sizes = np.geomspace(n_low, n_high, RESOLUTION)
    sizes[0], sizes[-1] = n_low, n_high
    return sizes
