"""How two sets of features overlap, by k-nearest-neighbour balls.

Precision and recall: Kynkäänniemi et al. 2019, "Improved Precision and Recall Metric". Density and coverage: Naeem
et al. 2020, "Reliable Fidelity and Diversity Metrics". Recall and coverage grow with the number of samples: only
sets of equal size can be compared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import pairwise_distances

from gda_bench.api.data import F32

K = 5


def overlap(real: F32, synthetic: F32, k: int = K) -> dict[str, float]:
    """precision, recall, coverage in [0, 1] and density >= 0 of synthetic (M, D) against real (N, D) features.

    A set of k images or fewer takes all the neighbours it has. Empty where a set has a single image and so no ball.
    """
    if min(len(real), len(synthetic)) < 2:
        return {}
    k_real = min(k, len(real) - 1)
    radius_real, radius_synthetic = _radii(real, k_real), _radii(synthetic, min(k, len(synthetic) - 1))
    distance = pairwise_distances(real.astype(np.float64), synthetic.astype(np.float64))
    in_real = distance < radius_real[:, None]
    return {
        "precision": float(in_real.any(axis=0).mean()),
        "recall": float((distance < radius_synthetic[None]).any(axis=1).mean()),
        "density": float(in_real.sum(axis=0).mean() / k_real),
        "coverage": float(in_real.any(axis=1).mean()),
    }


def _radii(x: F32, k: int) -> NDArray[np.float64]:
    """The distance of each of x (N, D) to its k-th nearest other one."""
    within = pairwise_distances(x.astype(np.float64))
    radii: NDArray[np.float64] = np.partition(within, k, axis=1)[:, k]
    return radii
