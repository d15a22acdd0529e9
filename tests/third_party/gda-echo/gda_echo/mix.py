"""Mixing pairs."""

from __future__ import annotations

import numpy as np

from gda_bench.api import I64, U8, Images


def mixed(train: Images, labels: I64, share: float, rng: np.random.Generator) -> U8:
    """One image a label: `share` of one real image of the class and the rest of another, with a little noise."""
    pairs = np.stack([rng.choice(np.flatnonzero(train.y == label), 2) for label in labels])
    x = share * train.x[pairs[:, 0]] + (1 - share) * train.x[pairs[:, 1]]
    return (x + rng.normal(scale=2, size=x.shape)).clip(0, 255).astype(np.uint8)
