"""Kernel distance: Binkowski et al. 2018, "Demystifying MMD GANs" (KID), with our features in Inception's place.

The unbiased squared maximum mean discrepancy under the polynomial kernel (x'y / D + 1)^3, on all images at once: what
averaging over random subsets estimates. Unbiased, so equal sets give about 0, and values a little below 0 occur.
"""

from __future__ import annotations

import numpy as np

from gda_bench.api.data import F32

DEGREE = 3


def kernel_distance(real: F32, synthetic: F32) -> float | None:
    """MMD^2 of features (N, D) and (M, D); None where a set has a single image."""
    n, m = len(real), len(synthetic)
    if min(n, m) < 2:
        return None
    x, y = real.astype(np.float64), synthetic.astype(np.float64)
    within_x, within_y, between = ((a @ b.T / x.shape[1] + 1) ** DEGREE for a, b in ((x, x), (y, y), (x, y)))
    same = (within_x.sum() - np.trace(within_x)) / (n * (n - 1)) + (within_y.sum() - np.trace(within_y)) / (m * (m - 1))
    return float(same - 2 * between.mean())
