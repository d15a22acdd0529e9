"""A map of two sets of features in two dimensions, by t-SNE (van der Maaten & Hinton 2008), to look at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

from gda_bench.api.data import F32

SHOWN = 300
"""Images of each kind on the map."""
PERPLEXITY = 30
ITERATIONS = 500
COMPONENTS = 50


def embed(real: F32, synthetic: F32) -> NDArray[np.float64]:
    """Coordinates float64 (N + M, 2), real images first, to two decimals; distances between clusters mean nothing.

    Starts from the principal components, so that equal features give an equal map.
    """
    x = np.concatenate([real, synthetic]).astype(np.float64)
    x = x - x.mean(axis=0)
    spread = np.sqrt(np.mean(x**2))
    if len(x) < 4 or spread == 0:
        return np.zeros((len(x), 2))
    x = PCA(min(COMPONENTS, *x.shape), svd_solver="full").fit_transform(x / spread)
    if x.shape[1] < 2:
        x = np.column_stack([x, np.zeros(len(x))])
    perplexity = min(PERPLEXITY, (len(x) - 1) / 3)
    # principal components as they are: "pca" would divide by their spread, which may be 0
    start = x[:, :2] / max(float(x[:, 0].std()), 1e-12) * 1e-4
    tsne = TSNE(2, perplexity=perplexity, init=start.astype(np.float32), max_iter=ITERATIONS, random_state=0, n_jobs=1)
    placed: NDArray[np.float32] = tsne.fit_transform(x)
    return placed.astype(np.float64).round(2)
