"""Fréchet distance of two Gaussians fitted to features: Heusel et al. 2017, with our features in Inception's place.

    d^2 = |mu1 - mu2|^2 + tr S1 + tr S2 - 2 tr (S1 S2)^(1/2)

With S = A'A, the last trace is the sum of the singular values of A1 A2', which needs no matrix root and is as exact
for fewer images than features, and for constant features, as for any other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gda_bench.api.data import F32


def frechet_distance(real: F32, synthetic: F32) -> float | None:
    """d^2 of features (N, D) and (M, D), in squared units of the features; None where a set has a single image.

    Biased upwards for few images: compare sets of equal size only.
    """
    if min(len(real), len(synthetic)) < 2:
        return None
    mean1, root1 = _moments(real)
    mean2, root2 = _moments(synthetic)
    cross = np.linalg.svd(root1 @ root2.T, compute_uv=False).sum()
    square = np.sum((mean1 - mean2) ** 2) + np.sum(root1**2) + np.sum(root2**2) - 2 * cross
    return float(max(square, 0.0))


def _moments(x: F32) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean (D,) and a root A (min(N, D), D) of the covariance A'A."""
    wide = x.astype(np.float64)
    mean = wide.mean(axis=0)
    root = (wide - mean) / np.sqrt(len(x) - 1)
    if len(x) > x.shape[1]:
        root = np.linalg.qr(root)[1]
    return mean, root
