from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gda_bench.api import Batches, Images


def images(n: int) -> Images:
    return Images(np.zeros((n, 2, 2, 1), np.uint8), np.zeros(n, np.int64))


@given(st.integers(1, 50), st.integers(1, 30), st.integers(1, 40))
def test_exactly_the_budget_and_every_image_equally_often(n: int, steps: int, batch_size: int) -> None:
    batches = Batches(images(n), steps, batch_size, seed=0)
    drawn = list(batches)
    assert len(drawn) == steps == batches.taken
    assert all(len(b) == batch_size for b in drawn)
    seen = np.bincount(np.concatenate(drawn), minlength=n)
    assert seen.max() - seen.min() <= 1


def test_the_order_comes_from_the_seed() -> None:
    a, b, c = (np.concatenate(list(Batches(images(100), 3, 10, seed))) for seed in (1, 1, 2))
    assert (a == b).all()
    assert (a != c).any()
