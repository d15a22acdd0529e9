"""Kernel distance: Binkowski et al. 2018, "Demystifying MMD GANs" (KID), with our features in Inception's place.

The unbiased squared maximum mean discrepancy under the polynomial kernel (x'y / D + 1)^3, on all images at once: what
averaging over random subsets estimates. Unbiased, so equal sets give about 0, and values a little below 0 occur.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gda_bench.api.data import F32

DEGREE = 3
AT_ONCE = 2**22
"""Values of the kernel held together: of tens of thousands of images all of them would be gigabytes."""


def kernel_distance(real: F32, synthetic: F32) -> float | None:
    """MMD^2 of features (N, D) and (M, D); None where a set has a single image."""
    n, m = len(real), len(synthetic)
    if min(n, m) < 2:
        return None
    x, y = real.astype(np.float64), synthetic.astype(np.float64)
    return _within(x) / (n * (n - 1)) + _within(y) / (m * (m - 1)) - 2 * _total(x, y) / (n * m)


def _within(x: NDArray[np.float64]) -> float:
    """The kernel summed over all pairs of different images."""
    own = (np.einsum("nd,nd->n", x, x) / x.shape[1] + 1) ** DEGREE
    return _total(x, x) - float(own.sum())


def _total(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """The kernel summed over all pairs."""
    rows = max(1, AT_ONCE // len(y))
    parts = [((x[at : at + rows] @ y.T / x.shape[1] + 1) ** DEGREE).sum() for at in range(0, len(x), rows)]
    return float(np.sum(parts))
