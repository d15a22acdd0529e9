"""An estimate with its 95 % interval, from redrawn estimates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """An end that is not known, as for a single seed, or that has no finite value, is None."""

    estimate: float
    low: float | None
    high: float | None


def central(estimate: float, draws: NDArray[np.float64]) -> Interval:
    """The estimate with the central 95 % of its draws (D,); no ends where there are no draws.

    Quantiles at i / (D + 1), so that few draws do not make the interval too narrow.
    """
    if not len(draws):
        return Interval(float(estimate), None, None)
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], method="weibull")
    return Interval(float(estimate), float(min(low, estimate)), float(max(high, estimate)))
