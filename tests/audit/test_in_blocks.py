"""What is measured in blocks, so that tens of thousands of images fit in memory, is what is measured at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gda_bench.audit import kernel, neighbours, overlap


def features(n: int, seed: int) -> Any:
    return np.random.default_rng(seed).normal(size=(n, 6)).astype(np.float32)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 9), st.integers(1, 40), st.integers(1, 4), st.integers(1, 90))
def test_neighbours(m: int, n: int, k: int, values: int) -> None:
    rng = np.random.default_rng(m + 10 * n)
    for x, reference in (
        (rng.integers(0, 4, (m, 2, 3, 1), np.uint8), rng.integers(0, 4, (n, 2, 3, 1), np.uint8)),
        (features(m, m), features(n, n)),
    ):
        _, whole = neighbours.nearest(x, reference, k)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(neighbours, "AT_ONCE", values)
            position, distance = neighbours.nearest(x, reference, k)
        assert position.shape == distance.shape == (m, min(k, n))
        np.testing.assert_array_equal(distance, whole)
        apart = x[:, None].reshape(m, 1, -1).astype(float) - reference[position].reshape(m, min(k, n), -1)
        np.testing.assert_allclose(np.sqrt((apart**2).sum(-1)), distance, atol=1e-5)
        assert all(len(set(row)) == len(row) for row in position), "no image is its own second neighbour"


def test_overlap_and_kernel_distance(monkeypatch: pytest.MonkeyPatch) -> None:
    real, synthetic = features(900, 0), 1.2 * features(300, 1)
    balls, distance = overlap.overlap(real, synthetic), kernel.kernel_distance(real, synthetic)
    monkeypatch.setattr(overlap, "AT_ONCE", 1)
    monkeypatch.setattr(kernel, "AT_ONCE", 1000)
    assert overlap.overlap(real, synthetic) == balls
    assert kernel.kernel_distance(real, synthetic) == pytest.approx(distance, rel=1e-9)
