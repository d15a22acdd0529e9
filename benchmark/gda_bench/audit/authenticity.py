"""Authenticity, AuthPct: Alaa et al. 2022, "How Faithful is your Synthetic Data?".

A sample is authentic where it lies farther from its nearest training image than that image lies from its own nearest
other training image. A generator that draws afresh from the distribution of the data scores about one half or more;
one that hands out its training images scores 0.
"""

from __future__ import annotations

import numpy as np

from gda_bench.api.data import F32
from gda_bench.audit.neighbours import nearest, nearest_other


def authenticity(samples: F32, train: F32) -> float | None:
    """The share of samples (M, D) that are authentic against the training images (N, D); None for N < 2."""
    if len(train) < 2:
        return None
    position, distance = nearest(samples, train, 1)
    return float(np.mean(distance[:, 0] > nearest_other(train)[position[:, 0]]))
