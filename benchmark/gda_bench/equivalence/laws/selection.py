"""Which law: the simplest whose left-out error is within one standard error of the least.

Left-out errors are added up in Huber's loss: squared up to twice the noise of an arm's mean, linear beyond (robust
cross-validation: Ronchetti, Field & Blanchard 1997). Leaving out the largest m asks a law to extrapolate, and one
such miss, however large, must not outweigh a good fit everywhere else.

The standard error is that of the *difference* of two laws' losses, to first order in the noise. Both laws are judged
on the same arms and through the same curve, so most of the noise of each loss is in both.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

SQUARED_UP_TO = 2.0
"""Errors beyond this many standard deviations of an arm's mean count linearly."""


def select(errors: F64, noise: F64 | None) -> int:
    """Index of the chosen law among errors (F, J), simplest first.

    noise (J, J): covariance of the arms' means with the curve they are read on; None for a single seed, which tells
    nothing of the noise: then the law with the least squared error.
    """
    if noise is None:
        return int(np.argmin((errors**2).mean(axis=1)))
    bend = SQUARED_UP_TO * np.sqrt(np.diagonal(noise))
    size = np.abs(errors)
    loss = np.where(size <= bend, size**2, bend * (2 * size - bend)).mean(axis=1)
    slope = 2 * np.clip(errors, -bend, bend)
    best = int(np.argmin(loss))
    change = slope - slope[best]
    spread = np.sqrt(np.einsum("fj,jk,fk->f", change, noise, change)) / errors.shape[1]
    within: Sequence[int] = np.flatnonzero(loss - loss[best] <= spread).tolist()
    return within[0]
