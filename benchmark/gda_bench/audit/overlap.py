"""How two sets of features overlap, by k-nearest-neighbour balls.

Precision and recall: Kynkäänniemi et al. 2019, "Improved Precision and Recall Metric". Density and coverage: Naeem
et al. 2020, "Reliable Fidelity and Diversity Metrics". Recall and coverage grow with the number of samples: only
sets of equal size can be compared.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import pairwise_distances_chunked

from gda_bench.api.data import F32

K = 5
AT_ONCE = 64
"""MiB of distances held together: of tens of thousands of images all of them would be gigabytes."""


def overlap(real: F32, synthetic: F32, k: int = K) -> dict[str, float]:
    """precision, recall, coverage in [0, 1] and density >= 0 of synthetic (M, D) against real (N, D) features.

    A set of k images or fewer takes all the neighbours it has. Empty where a set has a single image and so no ball.
    """
    if min(len(real), len(synthetic)) < 2:
        return {}
    k_real = min(k, len(real) - 1)
    radius_real, radius_synthetic = _radii(real, k_real), _radii(synthetic, min(k, len(synthetic) - 1))
    balls = np.zeros(len(synthetic), np.int64)  # of real images, around each synthetic one
    covered, recalled = np.zeros(len(real), bool), np.zeros(len(real), bool)
    start = 0
    for distance in _distances(real, synthetic):
        these = slice(start, start := start + len(distance))
        in_real = distance < radius_real[these, None]
        balls += in_real.sum(axis=0)
        covered[these] = in_real.any(axis=1)
        recalled[these] = (distance < radius_synthetic[None]).any(axis=1)
    return {
        "precision": float((balls > 0).mean()),
        "recall": float(recalled.mean()),
        "density": float(balls.mean() / k_real),
        "coverage": float(covered.mean()),
    }


def _radii(x: F32, k: int) -> NDArray[np.float64]:
    """The distance of each of x (N, D) to its k-th nearest other one."""
    # copied, for a column would hold its whole block
    return np.concatenate([np.partition(distance, k, axis=1)[:, k].copy() for distance in _distances(x)])


def _distances(x: F32, y: F32 | None = None) -> Iterator[NDArray[np.float64]]:
    """L2 from each of x (N, D) to each of y (M, D), or of x, in blocks of rows."""
    others = None if y is None else y.astype(np.float64)
    yield from pairwise_distances_chunked(x.astype(np.float64), others, working_memory=AT_ONCE)
