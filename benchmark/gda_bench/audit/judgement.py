"""Is a share among synthetic images larger than among held-out real ones, by more than chance?"""

from __future__ import annotations

import numpy as np
from scipy.stats import fisher_exact

ALPHA = 0.01


def exceeds(hits: int, of: int, base_hits: int, base_of: int, alpha: float = ALPHA) -> bool | None:
    """Fisher's exact test, one-sided: `hits` of `of` samples against `base_hits` of `base_of` held-out real images.

    Images count as independent, over replicates too. None where there is nothing to compare.
    """
    if not of or not base_of:
        return None
    table = np.array([[hits, of - hits], [base_hits, base_of - base_hits]])
    return bool(fisher_exact(table, alternative="greater").pvalue < alpha)
