"""Our own split by group."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gda_tasks.group_split import pick_test


@given(seed=st.integers(0, 10_000), patients=st.integers(4, 40), classes=st.integers(2, 4), share=st.floats(0.1, 0.5))
def test_no_group_is_divided_and_no_class_is_lost(seed: int, patients: int, classes: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    group = rng.integers(0, patients, 120).astype(np.int64)
    y = rng.integers(0, classes, 120).astype(np.int64)
    y[:classes] = np.arange(classes)
    try:
        test = pick_test(y, group, share)
    except ValueError:
        assume(False)
    assert not set(group[test]) & set(group[~test])
    assert set(y[test]) == set(y[~test]) == set(y)
    np.testing.assert_array_equal(test, pick_test(y, group, share))


@pytest.mark.parametrize("fraction", [0.1, 0.2, 0.25, 0.5])
def test_the_fraction_and_the_classes_are_kept_where_groups_are_small(fraction: float) -> None:
    group = np.arange(400, dtype=np.int64) // 2
    y = (group % 4 == 0).astype(np.int64)  # 100 of 400
    test = pick_test(y, group, fraction)
    assert test.sum() == pytest.approx(400 * fraction, abs=4)
    assert y[test].sum() == pytest.approx(100 * fraction, abs=2)


def test_few_large_groups_get_a_larger_part() -> None:
    """Of four patients of one class each, no quarter holds both classes; a half does."""
    group = np.arange(16, dtype=np.int64) % 4
    test = pick_test(group % 2, group, 0.25)
    assert test.sum() == 8
    assert set((group % 2)[test]) == {0, 1}


def test_where_no_division_keeps_the_classes_it_says_so() -> None:
    group = np.array([0, 0, 1, 1, 2, 2], np.int64)
    with pytest.raises(ValueError, match="no division of whole groups"):
        pick_test(np.array([0, 0, 0, 0, 1, 1], np.int64), group, 0.25)
