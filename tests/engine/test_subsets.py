from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gda_bench.api import UserError
from gda_bench.subsets import check_size, nested_order, proportional_labels, subset_counts

COUNTS = st.lists(st.integers(1, 60), min_size=2, max_size=8)


@given(COUNTS, st.integers(0, 2**32))
def test_the_order_is_a_permutation_and_every_prefix_is_stratified(counts: list[int], seed: int) -> None:
    y = np.repeat(np.arange(len(counts)), counts).astype(np.int64)
    np.random.default_rng(1).shuffle(y)
    order = nested_order(y, seed)
    assert sorted(order) == list(range(len(y)))
    for n in range(len(counts), len(y) + 1):
        found = np.bincount(y[order[:n]], minlength=len(counts))
        assert found.min() >= 1
        assert found.tolist() == subset_counts(counts, n)
        # largest remainders may shift by one, the guaranteed first image by one more
        assert np.abs(found - n * np.array(counts) / sum(counts)).max() <= 1 + len(counts) / 2


@given(COUNTS, st.integers(1, 200), st.integers(0, 200))
def test_labels_are_nested_and_proportional(counts: list[int], m: int, more: int) -> None:
    labels = proportional_labels(counts, m)
    assert len(labels) == m
    assert (proportional_labels(counts, m + more)[:m] == labels).all()
    assert np.bincount(proportional_labels(counts, sum(counts))).tolist() == counts


def test_the_seed_chooses_the_images_but_not_how_many_of_each_class() -> None:
    y = np.repeat([0, 1, 2], [50, 30, 4]).astype(np.int64)
    a, b = nested_order(y, 1)[:20], nested_order(y, 2)[:20]
    assert set(a) != set(b)
    assert (np.bincount(y[a]) == np.bincount(y[b])).all()


@pytest.mark.parametrize(("n", "message"), [(2, "3 classes and each needs one"), (84, "training split has 84")])
def test_sizes_that_do_not_fit_are_refused(n: int, message: str) -> None:
    with pytest.raises(UserError, match=message):
        check_size(n, [50, 30, 4], "toy")
