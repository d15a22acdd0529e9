"""Label consistency: does a classifier trained on the n real images see what was asked for?"""

from __future__ import annotations

import numpy as np

from gda_bench.api.data import F32, I64


def label_consistency(labels: I64, proba: F32) -> float:
    """The share of images to whose label (M,) the class probabilities (M, K) give the largest value."""
    return float(np.mean(proba.argmax(axis=1) == labels))
