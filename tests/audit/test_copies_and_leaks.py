from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from scipy.stats import binom

from gda_bench.audit.authenticity import authenticity
from gda_bench.audit.consistency import label_consistency
from gda_bench.audit.gap import shortfall
from gda_bench.audit.judgement import exceeds
from gda_bench.audit.leak import leaked
from gda_bench.audit.memorisation import nearest_two
from gda_bench.audit.neighbours import nearest, nearest_other


def pixels(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.integers(0, 256, (n, 6, 6, 1)).astype(np.uint8)


@given(st.integers(1, 30), st.integers(2, 30), st.integers(0, 99))
def test_neighbours_are_those_of_all_distances(m: int, n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, reference = (rng.normal(size=(k, 5)).astype(np.float32) for k in (m, n))
    position, distance = nearest(x, reference, 3)
    every = cdist(x, reference)
    assert distance == pytest.approx(np.sort(every, 1)[:, :3], abs=1e-5)
    assert np.take_along_axis(every, position, 1) == pytest.approx(distance, abs=1e-5)
    others = cdist(reference, reference) + np.diag(np.full(n, np.inf))
    assert nearest_other(reference) == pytest.approx(others.min(1), abs=1e-5)


def test_duplicates_are_at_distance_zero_in_features_too() -> None:
    x = np.random.default_rng(0).normal(1000, 1, (20, 64)).astype(np.float32)
    twice = np.concatenate([x, x])
    assert (nearest(x, twice, 2)[1] == 0).all()
    assert (nearest_other(twice) == 0).all()
    assert (nearest_two(x, twice)[1] == 0).all()


def test_authenticity_is_that_of_all_distances() -> None:
    rng = np.random.default_rng(0)
    train, samples = (rng.normal(size=(k, 4)).astype(np.float32) for k in (50, 80))
    within, between = cdist(train, train) + np.diag(np.full(50, np.inf)), cdist(samples, train)
    at = between.argmin(1)
    assert authenticity(samples, train) == np.mean(between.min(1) > within.min(1)[at])
    assert authenticity(train, train) == 0
    assert authenticity(samples, train[:1]) is None


def test_leaks_are_test_images_that_no_training_image_explains() -> None:
    rng = np.random.default_rng(0)
    train, test, honest = pixels(rng, 40), pixels(rng, 60), pixels(rng, 30)
    noisy = (test[:10] + rng.normal(scale=4, size=test[:10].shape)).clip(0, 255).astype(np.uint8)
    assert leaked(np.concatenate([noisy, test[20:25]]), train, test).all()
    assert not leaked(honest, train, test).any()
    assert not leaked(train, train, test).any(), "a copier of its own images leaks nothing"


def test_an_image_that_training_and_test_share_is_no_leak_and_a_repeated_test_image_is() -> None:
    rng = np.random.default_rng(0)
    train, test = pixels(rng, 40), pixels(rng, 60)
    shared, doubled = np.concatenate([test, train[:5]]), np.concatenate([test, test])
    near = (train[:5] + rng.normal(scale=2, size=train[:5].shape)).clip(0, 255).astype(np.uint8)
    assert not leaked(np.concatenate([train[:5], near]), train, shared).any()
    assert leaked(test[:5], train, doubled).all()
    assert leaked(test[:1], train, test[:1]).all()


def test_label_consistency() -> None:
    proba = np.array([[0.6, 0.4], [0.2, 0.8], [0.9, 0.1]], np.float32)
    assert label_consistency(np.array([0, 1, 1]), proba) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("synthetic", "held_out", "expected"),
    [(0.4, 0.8, 0.5), (0.9, 0.8, 0.0), (0.0, 0.8, 1.0), (0.4, 0.0, None), (None, 0.8, None), (0.4, None, None)],
)
def test_a_shortfall_is_relative_to_held_out_images_and_never_negative(
    synthetic: float | None, held_out: float | None, expected: float | None
) -> None:
    assert shortfall(synthetic, held_out) == (None if expected is None else pytest.approx(expected))


def test_equal_shares_are_seldom_told_apart_and_unequal_ones_are() -> None:
    rng = np.random.default_rng(0)
    for share in (0.0, 0.02, 0.3):
        hits, base = binom.rvs(480, share, size=(2, 400), random_state=rng)
        assert np.mean([exceeds(a, 480, b, 480) for a, b in zip(hits, base, strict=True)]) <= 0.01 + 0.01
    assert exceeds(48, 480, 5, 480)
    assert exceeds(5, 480, 48, 480) is False
    assert exceeds(0, 0, 1, 5) is exceeds(1, 5, 0, 0) is None
