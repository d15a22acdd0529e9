"""`realism`: keep what looks as real as the real images do to each other.

Realism score of Kynkäänniemi et al. 2019 ("Improved Precision and Recall Metric", section 4), as arXiv 2409.16002
selects histopathology images by it:

    R(g) = max over real r of d(r, its k-th neighbour) / d(g, r)

Spheres with a radius above the median are pruned: they stand where real images are sparse and cover anything. R >= 1
where a sample lies inside some sphere.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import pairwise_distances

from gda_bench.api import F32, I64, Filter, Images, View


class Realism(Filter):
    """Keeps samples with R >= `at_least`, most realistic first. k: the neighbour that sets a sphere's radius."""

    uses: ClassVar[str] = "the n real images, in the features of a classifier trained on them"
    needs_view: ClassVar[bool] = True

    def __init__(self, *, k: int = 5, at_least: float = 1.0) -> None:
        if k < 1 or at_least < 0:
            raise ValueError(f"k={k} must be at least 1 and at_least={at_least:g} not negative")
        self.k, self.at_least = k, at_least

    def keep(self, pool: Images, real: Images, view: View) -> I64:
        return most_realistic(realism_scores(view.real_features, view.pool_features, self.k), self.at_least)


def realism_scores(real: F32, samples: F32, k: int) -> NDArray[np.float64]:
    """R of samples (M, D) against real features (N, D), float64 (M,); infinite for an exact copy.

    With k real images or fewer, k is N - 1; a single one has no sphere, and only its copies have an R above 0.
    """
    within = pairwise_distances(real.astype(np.float64))
    k = min(k, len(real) - 1)
    radius = np.partition(within, k, axis=1)[:, k]
    kept = radius <= np.median(radius)
    distance = pairwise_distances(samples.astype(np.float64), real[kept].astype(np.float64))
    ratio = np.divide(radius[kept], distance, out=np.full(distance.shape, np.inf), where=distance > 0)
    scores: NDArray[np.float64] = ratio.max(axis=1)
    return scores


def most_realistic(scores: NDArray[np.float64], at_least: float) -> I64:
    """Positions of the scores that reach the bound, highest first, int64."""
    order: I64 = np.argsort(-scores, kind="stable")
    return order[scores[order] >= at_least]
