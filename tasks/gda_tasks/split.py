"""A test split of ours, for data that come without one: by class and, where groups are known, by group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gda_bench.api import I64, UserError
from gda_tasks.group_split import SPLIT_SEED, pick_test


def split(y: I64, classes: Sequence[str], test_fraction: float, group: I64 | None = None) -> tuple[I64, I64]:
    """Positions in y (N,), int64, ascending: those for training and those for testing.

    Every class gives `test_fraction` of its images to the test split, by the nearest whole number and at least one;
    with `group` (N,), as nearly so as whole groups allow. Raises UserError, which names the class, where a class
    cannot be in both splits.

    SPLIT_SEED and the rules fix every split made here; changing one needs a new `version` of the tasks.
    """
    # RandomState, because NumPy freezes its stream for good (NEP 19); that of default_rng may change
    rng = np.random.RandomState(SPLIT_SEED)
    chosen = _by_class(y, test_fraction, rng) if group is None else _by_group(y, classes, group, test_fraction)
    for c, name in enumerate(classes):
        for part, lacks in (("training", (y[~chosen] != c).all()), ("test", (y[chosen] != c).all())):
            if lacks:
                held = f"{np.count_nonzero(y == c)} images"
                raise UserError(f"class {name!r} has {held}, and none is left for the {part} split: add some")
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


def _by_class(y: I64, fraction: float, rng: np.random.RandomState) -> NDArray[np.bool_]:
    chosen = np.zeros(len(y), bool)
    for c in np.unique(y):
        members = rng.permutation(np.flatnonzero(y == c))
        chosen[members[: max(1, round(fraction * len(members)))]] = True
    return chosen


def _by_group(y: I64, classes: Sequence[str], group: I64, fraction: float) -> NDArray[np.bool_]:
    try:
        return pick_test(y, group, fraction)
    except ValueError as problem:
        few = min(range(len(classes)), key=lambda c: len(np.unique(group[y == c])))
        owners = len(np.unique(group[y == few]))
        held = f"{np.count_nonzero(y == few)} images in {owners} group{'s' if owners > 1 else ''}"
        raise UserError(f"class {classes[few]!r} has {held}, and {problem}: add some") from None
