"""A split of our own by group: no patient lies in both parts. scikit-learn's StratifiedGroupKFold, seed fixed."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from gda_bench.api import I64

SPLIT_SEED = 0
"""Fixes every split of this module; another one is another task, and needs a new `version`."""


def pick_test(y: I64, group: I64, fraction: float) -> NDArray[np.bool_]:
    """Which of the images with labels y (N,) and groups (N,) are for testing: bool (N,).

    One fold of k, k the whole number nearest to 1 / fraction: whole groups, every class in both parts, and of such
    folds the one whose class counts are nearest to a k-th of all. Raises ValueError where a class is of one group.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    counts = np.bincount(y)
    for c in np.flatnonzero(counts):
        if len(np.unique(group[y == c])) < 2:
            raise ValueError(f"label {c} is of one group only, which cannot lie in both parts")
    # never more folds than the largest class has images, or there are groups: scikit-learn refuses those
    k = max(2, min(round(1 / fraction), len(np.unique(group)), int(counts.max())))
    folds = StratifiedGroupKFold(k, shuffle=True, random_state=SPLIT_SEED)
    best, least = None, np.inf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a class has fewer images than there are folds; judged below
        for train, test in folds.split(y, y, group):
            held = np.bincount(y[test], minlength=len(counts))
            if (held[counts > 0] == 0).any() or not np.isin(np.flatnonzero(counts), y[train]).all():
                continue
            off = float(np.abs(held - counts / k).sum())
            if off < least:
                best, least = test, off
    if best is None:
        raise ValueError("no division of the groups leaves every class in both parts")
    part = np.zeros(len(y), np.bool_)
    part[best] = True
    return part
