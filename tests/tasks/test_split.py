"""The splits that are made where data come without one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gda_bench.api import I64, UserError
from gda_tasks.split import split


def labels(counts: list[int]) -> I64:
    return np.repeat(np.arange(len(counts), dtype=np.int64), counts)


def names(counts: list[int]) -> list[str]:
    return [f"class {c}" for c in range(len(counts))]


@given(st.lists(st.integers(2, 60), min_size=2, max_size=6), st.floats(0.05, 0.6))
def test_every_class_gives_its_fraction_and_none_is_lost(counts: list[int], fraction: float) -> None:
    y = labels(counts)
    train, test = split(y, names(counts), fraction)
    assert sorted([*train, *test]) == list(range(len(y)))
    assert np.bincount(y[test]).tolist() == [max(1, round(fraction * c)) for c in counts]


@given(st.data())
def test_groups_are_never_divided(data: st.DataObject) -> None:
    counts = [40, 20, 30]
    y = labels(counts)
    group = np.array(data.draw(st.lists(st.integers(0, 25), min_size=len(y), max_size=len(y))), np.int64)
    try:
        train, test = split(y, names(counts), 0.2, group)
    except UserError:  # a few large groups can hold a class together
        return
    assert not set(group[train]) & set(group[test])
    assert sorted([*train, *test]) == list(range(len(y)))
    assert set(y[train]) == set(y[test]) == {0, 1, 2}


def test_small_groups_are_divided_nearly_as_asked() -> None:
    y, group = labels([300, 100]), np.arange(400, dtype=np.int64) // 5
    _, test = split(y, names([300, 100]), 0.25, group)
    assert np.abs(np.bincount(y[test]) - [75, 25]).max() <= 5


def test_a_class_of_few_large_groups_is_in_both_splits() -> None:
    y, group = labels([1000, 20]), np.concatenate([np.arange(1000), np.repeat([1000, 1001], 10)])
    train, test = split(y, ["many", "few"], 0.1, group.astype(np.int64))
    assert (y[train] == 1).sum() == (y[test] == 1).sum() == 10


@pytest.mark.parametrize(
    ("y", "group", "says"),
    [
        (labels([5, 1]), None, "class 'class 1' has 1 images, and none is left for the training split"),
        (
            labels([5, 4]),
            np.array([0, 1, 2, 3, 4, 5, 5, 5, 5]),
            "'class 1' has 4 images in 1 group, and no division of whole groups",
        ),
    ],
)
def test_a_class_that_cannot_be_in_both_is_named(y: I64, group: I64 | None, says: str) -> None:
    with pytest.raises(UserError, match=says):
        split(y, ["class 0", "class 1"], 0.2, group)


def test_the_split_is_pinned() -> None:
    """Another split is another task: it would need a new `version`."""
    assert split(labels([10, 10]), names([1, 1]), 0.2)[1].tolist() == [2, 8, 13, 15]
