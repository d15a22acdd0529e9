from __future__ import annotations

import numpy as np
import pytest

from gda_bench.audit.memorisation import MEMORISED_RATIO, nearest_two


def test_a_planted_tenth_of_copies_is_found() -> None:
    rng = np.random.default_rng(0)
    train = rng.integers(0, 256, (100, 8, 8, 1)).astype(np.uint8)
    samples = rng.integers(0, 256, (500, 8, 8, 1)).astype(np.uint8)
    copied = rng.choice(500, 50, replace=False)
    noisy = train[rng.integers(0, 100, 50)] + rng.normal(scale=3, size=(50, 8, 8, 1))
    samples[copied] = noisy.clip(0, 255).astype(np.uint8)
    nearest, ratio = nearest_two(samples, train)
    assert (ratio < MEMORISED_RATIO).mean() == pytest.approx(0.1, abs=0.001)
    assert (train[nearest[copied[0]]].astype(int) - samples[copied[0]]).std() < 5


def test_exact_copies_count_also_where_the_training_image_stands_twice() -> None:
    train = np.zeros((3, 2, 2, 1), np.uint8)
    train[2] = 200
    _, ratio = nearest_two(train[:1], train)
    assert ratio[0] == 0


def test_one_training_image_has_no_second_nearest() -> None:
    train = np.zeros((1, 2, 2, 1), np.uint8)
    _, ratio = nearest_two(np.stack([train[0], train[0] + 9]), train)
    assert ratio.tolist() == [0.0, 1.0]
