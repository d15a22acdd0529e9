"""Protocols: how real and synthetic images meet in training. Each is one short file with one class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def inner_share(name: str, value: float) -> float:
    """The value, if it lies strictly between 0 and 1; else ValueError."""
    if not 0 < value < 1:
        raise ValueError(f"{name}={value:g} must lie between 0 and 1")
    return value


def positive(name: str, value: float) -> float:
    """The value, if it is above 0; else ValueError."""
    if not value > 0:
        raise ValueError(f"{name}={value:g} must be above 0")
    return value


def split_steps(steps: int, shares: Sequence[float]) -> list[int]:
    """Whole steps near these shares (which sum to 1), `steps` in all and at least 1 each; where there are too few for
    that, the last ones have 1 and the others 0."""
    if steps < len(shares):
        return [0] * (len(shares) - steps) + [1] * steps
    sizes = np.diff(np.round(np.cumsum([0.0, *shares]) * steps).astype(int))
    for lacking in np.flatnonzero(sizes == 0):
        sizes[sizes.argmax()] -= 1
        sizes[lacking] = 1
    return [int(size) for size in sizes]
