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
    folds the one whose class counts are nearest to a k-th of all. Where no fold is such, for few and large groups, k
    is the next smaller number. Raises ValueError where none is left.
    """
    # never more folds than there are groups, or images in the largest class: scikit-learn refuses those
    most = min(round(1 / fraction), len(np.unique(group)), int(np.bincount(y).max()))
    for k in range(most, 1, -1):
        if (fold := _best_fold(y, group, k)) is not None:
            part = np.zeros(len(y), np.bool_)
            part[fold] = True
            return part
    raise ValueError("no division of whole groups leaves every class in both parts")


def _best_fold(y: I64, group: I64, k: int) -> I64 | None:
    from sklearn.model_selection import StratifiedGroupKFold

    counts = np.bincount(y)
    folds = StratifiedGroupKFold(k, shuffle=True, random_state=SPLIT_SEED)
    found: list[tuple[float, I64]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a class has fewer images than there are folds: judged here
        for _, test in folds.split(y, y, group):
            held = np.bincount(y[test], minlength=len(counts))
            if (np.minimum(held, counts - held) > 0)[counts > 0].all():
                found.append((float(np.abs(held - counts / k).sum()), test))
    return min(found, key=lambda pair: pair[0], default=(0.0, None))[1]
