"""`overlap`: keep what lies among the real images in a learned embedding of few dimensions.

After arXiv 2403.15947 (simulated eye images beside real ones), which embeds both and keeps the synthetic images
within a distance threshold of real ones. Here the embedding is the principal components of the features of a
classifier trained on the n real images, and the threshold a quantile of the distances at which real images lie from
each other, so it needs no tuning.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from gda_bench.api import I64, Filter, Images, View


class Overlap(Filter):
    """dims: of the embedding. quantile: of real images' distances to their nearest other one; a sample farther than
    that from every real image is left out."""

    uses: ClassVar[str] = "the n real images, in the features of a classifier trained on them"
    needs_view: ClassVar[bool] = True

    def __init__(self, *, dims: int = 8, quantile: float = 0.95) -> None:
        if dims < 1 or not 0 <= quantile <= 1:
            raise ValueError(f"dims={dims} must be at least 1 and quantile={quantile:g} between 0 and 1")
        self.dims, self.quantile = dims, quantile

    def keep(self, pool: Images, real: Images, view: View) -> I64:
        features = view.real_features.astype(np.float64)
        with np.errstate(invalid="ignore"):  # constant features have no variance to take shares of
            pca = PCA(min(self.dims, *features.shape), svd_solver="full").fit(features)
        index = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(pca.transform(features))
        between_real, _ = index.kneighbors()
        to_real, _ = index.kneighbors(pca.transform(view.pool_features.astype(np.float64)))
        order: I64 = np.argsort(to_real[:, 0], kind="stable")
        near: NDArray[np.bool_] = to_real[order, 0] <= np.quantile(between_real, self.quantile)
        return order[near]
