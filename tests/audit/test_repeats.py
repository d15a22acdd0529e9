"""Duplicates across the splits of a task: planted ones, near ones, none; and those of a real data set."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from gda_bench.audit.repeats import LOOKED_AT, repeats
from gda_bench.registry import resolve
from gda_bench.task_data import load_task

SHARED = Path(os.environ.get("GDA_BENCH_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))


def pictures(n: int, seed: int, side: int = 28, depth: int = 1) -> np.ndarray:
    """Smooth random pictures, as unlike as photographs are."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(40, 200, (n, 7, 7, depth))
    return np.kron(coarse, np.ones((1, side // 7, side // 7, 1))).astype(np.uint8)


@pytest.mark.parametrize(("side", "depth"), [(28, 1), (63, 3)])
def test_copies_and_near_copies_are_counted_and_nothing_else(side: int, depth: int) -> None:
    train, test = pictures(200, 0, side, depth), pictures(50, 1, side, depth)
    assert (repeats(test, train).identical, repeats(test, train).near) == (0, 0)
    test[:3] = train[10:13]
    noisy = train[20:25] + np.random.default_rng(2).normal(0, 4, train[20:25].shape)
    test[3:8] = np.clip(noisy, 0, 255).astype(np.uint8)
    found = repeats(test, train)
    assert (found.identical, found.near, found.looked_at) == (3, 8, 50)


def test_all_are_compared_but_near_ones_are_sought_for_some_of_all_parts() -> None:
    train = pictures(20, 0)
    test = pictures(2 * LOOKED_AT, 1)
    test[-400:] = train[0]
    found = repeats(test, train)
    assert (found.identical, found.looked_at) == (400, LOOKED_AT)
    assert 195 <= found.near <= 205


def test_splits_of_nothing_but_copies_are_all_near() -> None:
    train = pictures(10, 0)
    assert repeats(train, train).near == 10


def test_a_third_of_breastmnist_has_a_twin_in_training() -> None:
    """Seen in the pictures: the same view of the same breast, in both official splits."""
    if not (SHARED / "breastmnist.npz").is_file():
        pytest.skip("breastmnist.npz is not on this machine")
    data = load_task(resolve("tasks", "medmnist/breastmnist"), SHARED)
    assert (data.repeats.identical, data.repeats.near, data.repeats.looked_at) == (1, 52, 156)
