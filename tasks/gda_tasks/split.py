"""A test split of ours, for data that come without one: by class and, where groups are known, by group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gda_bench.api import I64, UserError

SPLIT_SEED = 0
"""With the rule below it fixes every split made here; changing either needs a new `version` of the tasks."""


def split(y: I64, classes: Sequence[str], test_fraction: float, group: I64 | None = None) -> tuple[I64, I64]:
    """Positions in y (N,), int64, ascending: those for training and those for testing.

    Every class gives `test_fraction` of its images to the test split, by the nearest whole number and at least one;
    with `group` (N,), as nearly so as whole groups allow. Raises UserError, which names the class, where a class
    cannot be in both splits.
    """
    # RandomState, because NumPy freezes its stream for good (NEP 19); that of default_rng may change
    rng = np.random.RandomState(SPLIT_SEED)
    chosen = _by_class(y, test_fraction, rng) if group is None else _by_group(y, group, test_fraction, rng)
    for c, name in enumerate(classes):
        for part, lacks in (("training", (y[~chosen] != c).all()), ("test", (y[chosen] != c).all())):
            if lacks:
                held = f"{np.count_nonzero(y == c)} images" + ("" if group is None else " in whole groups")
                raise UserError(f"class {name!r} has {held}, and none is left for the {part} split: add some")
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


def _by_class(y: I64, fraction: float, rng: np.random.RandomState) -> NDArray[np.bool_]:
    chosen = np.zeros(len(y), bool)
    for c in np.unique(y):
        members = rng.permutation(np.flatnonzero(y == c))
        chosen[members[: max(1, round(fraction * len(members)))]] = True
    return chosen


def _by_group(y: I64, group: I64, fraction: float, rng: np.random.RandomState) -> NDArray[np.bool_]:
    """In an order drawn by seed, a group is taken if that brings the classes nearer to their shares."""
    _, number = np.unique(group, return_inverse=True)
    counts = np.zeros((number.max() + 1, y.max() + 1))
    np.add.at(counts, (number, y), 1)
    share = np.maximum(fraction * counts.sum(0), 1e-9)
    taken, have = np.zeros(len(counts), bool), np.zeros_like(share)
    for g in rng.permutation(len(counts)):
        before, after = (share - have) / share, (share - have - counts[g]) / share
        if (after**2).sum() < (before**2).sum():
            taken[g], have = True, have + counts[g]
    # a class whose groups are all larger than its share: its smallest group, if it has another
    for c in np.flatnonzero(have == 0):
        members = np.flatnonzero(counts[:, c])
        if len(members) > 1:
            taken[members[counts[members].sum(1).argmin()]] = True
    chosen: NDArray[np.bool_] = taken[number]
    return chosen
