"""Equivalence by two one-sided tests (Schuirmann 1987), paired by seed: is a mix within a margin of real images?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from gda_bench.equivalence.exchange import Bounds, Exchange
from gda_bench.equivalence.grid import ArmId

MARGIN = 0.01
"""In metric units: one point."""
ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Equivalent:
    """difference: mix minus real with its 90 % interval, which lies within the margin if, and only if, p < 0.05."""

    real: ArmId
    difference: Bounds
    p_value: float

    @property
    def holds(self) -> bool:
        """Whether the two may be called equivalent."""
        return self.p_value < ALPHA


def tost(exchange: Exchange, mix: ArmId, margin: float = MARGIN) -> list[Equivalent]:
    """The tests of one mix against each real arm; none for a single seed."""
    return [found for real in exchange.real if (found := _test(exchange, mix, real, margin))]


def _test(exchange: Exchange, mix: ArmId, real: ArmId, margin: float) -> Equivalent | None:
    estimate, spread = exchange.contrast(mix, real)
    if spread is None:
        return None
    scale, dof = float(np.sqrt(spread.variance[0])), float(spread.dof[0])
    if scale == 0:
        p = 0.0 if abs(estimate) < margin else 1.0
    else:
        p = float(stats.t.sf((margin - abs(estimate)) / scale, dof))
    return Equivalent(real, exchange.difference(mix, real, 1 - 2 * ALPHA), p)
