from __future__ import annotations

import time

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from gda_bench.audit.embedding import embed
from gda_bench.audit.separability import separability


def textures(n: int, seed: int, side: int = 28, channels: int = 1) -> np.ndarray:
    """Smooth random fields, an image each."""
    noise = np.random.default_rng(seed).normal(size=(n, side, side, channels))
    smooth = gaussian_filter(noise, (0, 2, 2, 0))
    return (smooth / smooth.std() * 50 + 128).clip(0, 255).astype(np.uint8)


def test_the_same_distribution_cannot_be_told_apart_and_small_faults_can() -> None:
    train, real, same = textures(100, 0), textures(400, 1), textures(400, 2)
    assert separability(real, same, train) == pytest.approx(0.5, abs=0.06)
    noisy = (same + np.random.default_rng(3).normal(scale=4, size=same.shape)).clip(0, 255).astype(np.uint8)
    found = separability(real, noisy, train)
    assert found is not None
    assert found > 0.9
    assert separability(real, noisy, train) == found, "no chance that is not seeded"


def test_duplicates_of_real_images_do_not_make_synthetic_ones_recognisable() -> None:
    train, real = textures(200, 0), textures(400, 1)
    copies = train[np.random.default_rng(0).integers(0, 200, 400)]
    assert separability(real, copies, train) == pytest.approx(0.5, abs=0.09)
    assert separability(real, real, train) == pytest.approx(0.5, abs=0.05)


def test_colour_odd_sizes_and_large_images() -> None:
    for side, channels in ((8, 1), (33, 3), (100, 1)):
        found = separability(
            textures(40, 1, side, channels), textures(40, 2, side, channels), textures(20, 0, side, channels)
        )
        assert found is not None
        assert 0 <= found <= 1


def test_too_few_images_give_no_number_and_constant_ones_no_error() -> None:
    x = textures(20, 0)
    assert separability(x[:1], x[1:2], x[:1]) is None
    assert separability(x[:0], x, x) is None
    assert separability(x[:10], x[10:], x[:1]) is None, "all share one fold"
    flat = np.zeros_like(x)
    assert separability(flat, flat, x) in (None, 0.5)


def test_a_thousand_of_each_at_28_px_take_seconds() -> None:
    train, real, synthetic = textures(200, 0), textures(1000, 1), textures(1000, 2)
    started = time.process_time()
    separability(real, synthetic, train)
    assert time.process_time() - started < 10


def test_the_map_keeps_groups_together_and_is_the_same_again() -> None:
    rng = np.random.default_rng(0)
    real, synthetic = (rng.normal(size=(50, 20)).astype(np.float32) + shift for shift in (0, 8))
    xy = embed(real, synthetic)
    assert xy.shape == (100, 2)
    assert (xy == np.round(xy, 2)).all()
    apart = np.linalg.norm(xy[:50].mean(0) - xy[50:].mean(0))
    assert apart > 2 * max(xy[:50].std(), xy[50:].std())
    assert (embed(real, synthetic) == xy).all()


@pytest.mark.parametrize(("n", "d"), [(1, 3), (2, 1), (3, 200), (30, 1)])
def test_few_images_few_features_and_constant_features_have_a_map(n: int, d: int) -> None:
    x = np.random.default_rng(0).normal(size=(n, d)).astype(np.float32)
    assert np.isfinite(embed(x, x + 1)).all()
    assert (embed(np.ones((n, d), np.float32), np.ones((n, d), np.float32)) == 0).all()
