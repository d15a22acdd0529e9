"""Each filter on planted features: what it keeps, in which order, and what it makes of small classes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from gda_bench.api import Filter, Images, View
from gda_bench.filters.class_realism import ClassRealism
from gda_bench.filters.confidence import Confidence
from gda_bench.filters.none import KeepAll
from gda_bench.filters.overlap import Overlap
from gda_bench.filters.realism import Realism, realism_scores
from gda_bench.registry import BUILTIN, resolve

F32 = NDArray[np.float32]


def images(y: list[int]) -> Images:
    return Images(np.zeros((len(y), 2, 2, 1), np.uint8), np.array(y, np.int64))


def kept(chosen: Filter, real: F32, real_y: list[int], pool: F32, pool_y: list[int]) -> list[int]:
    view = View(real, pool, np.full((len(pool), 2), 0.5, np.float32))
    return chosen.keep(images(pool_y), images(real_y), view).tolist()


def reference_scores(real: F32, samples: F32, k: int) -> list[float]:
    """The formula, word for word."""
    radii = [sorted(np.linalg.norm(r - other) for other in real)[k] for r in real]
    spheres = [(r, radius) for r, radius in zip(real, radii, strict=True) if radius <= np.median(radii)]
    return [max(radius / np.linalg.norm(g - r) for r, radius in spheres) for g in samples]


def test_realism_scores_are_those_of_the_formula() -> None:
    rng = np.random.default_rng(0)
    real, samples = rng.normal(size=(30, 4)).astype(np.float32), rng.normal(size=(50, 4)).astype(np.float32) * 2
    scores = realism_scores(real, samples, 5)
    assert scores == pytest.approx(reference_scores(real, samples, 5), rel=1e-5)
    assert realism_scores(real, real, 5)[np.argmin(np.linalg.norm(real, axis=1))] == np.inf
    found = kept(Realism(), real, [0] * 30, samples, [0] * 50)
    assert set(found) == set(np.flatnonzero(scores >= 1))
    assert (np.diff(scores[found]) <= 0).all(), "most realistic first"
    assert 0 < len(found) < 50


def clusters(seed: int = 0) -> tuple[F32, list[int]]:
    """Twenty real images of each of two classes, far apart."""
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.normal(0, 1, (20, 3)), rng.normal(50, 1, (20, 3))]).astype(np.float32), [0] * 20 + [
        1
    ] * 20


def test_class_realism_refuses_an_image_of_the_other_class() -> None:
    real, y = clusters()
    centres = np.array([[0, 0, 0], [50, 50, 50], [50, 50, 50], [25, 25, 25]], np.float32)
    asked = [0, 0, 1, 1]
    assert set(kept(Realism(), real, y, centres, asked)) == {0, 1, 2}
    assert set(kept(ClassRealism(), real, y, centres, asked)) == {0, 2}


def test_class_realism_holds_a_lone_class_against_all_real_images() -> None:
    real, _ = clusters()
    real, y = real[:21], [0] * 20 + [1]
    samples = np.array([[0, 0, 0], [0, 0, 0], [90, 90, 90]], np.float32)
    assert set(kept(ClassRealism(), real, y, samples, [0, 1, 1])) == {0, 1}


def test_two_images_of_a_class_are_neighbours_of_each_other() -> None:
    real = np.array([[0, 0], [1, 0], [50, 0], [51, 0]], np.float32)
    samples = np.array([[0.5, 0], [50.5, 0], [60, 0]], np.float32)
    assert set(kept(ClassRealism(k=5), real, [0, 0, 1, 1], samples, [0, 1, 1])) == {0, 1}


def test_confidence_keeps_what_beats_chance_and_then_the_top_of_each_class() -> None:
    proba = np.array([[0.9, 0.1], [0.6, 0.4], [0.4, 0.6], [0.3, 0.7], [0.1, 0.9], [0.5, 0.5]], np.float32)
    pool, real = images([0, 0, 0, 1, 1, 1]), images([0, 1])
    view = View(np.zeros((2, 1), np.float32), np.zeros((6, 1), np.float32), proba)
    assert Confidence().keep(pool, real, view).tolist() == [0, 4, 3, 1]
    assert Confidence(top=0.5).keep(pool, real, view).tolist() == [0, 4]


def test_overlap_keeps_what_lies_among_the_real_images() -> None:
    real, y = clusters()
    far = np.full((5, 3), 25, np.float32)
    inside = real[:5] + np.float32(0.05)
    found = kept(Overlap(dims=2), real, y, np.concatenate([far, inside]), [0] * 10)
    assert set(found) == {5, 6, 7, 8, 9}
    assert kept(Overlap(dims=2, quantile=0.0), real, y, far, [0] * 5) == []


def test_none_keeps_all_in_order_and_looks_at_nothing() -> None:
    assert KeepAll().keep(images([0, 1, 0]), images([0]), View.closed(1, 3)).tolist() == [0, 1, 2]
    assert not KeepAll.needs_view


@pytest.mark.parametrize("name", BUILTIN["filters"])
def test_every_filter_says_what_it_uses_and_keeps_positions_once(name: str) -> None:
    chosen: Filter = resolve("filters", name).create()
    rng = np.random.default_rng(0)
    real, y = clusters()
    pool = rng.normal(25, 30, (60, 3)).astype(np.float32)
    proba = rng.dirichlet([1, 1], 60).astype(np.float32)
    found = chosen.keep(images([0, 1] * 30), images(y), View(real, pool, proba))
    assert found.dtype == np.int64
    assert len(set(found.tolist())) == len(found)
    assert chosen.uses
    assert chosen.needs_view == (name != "none")


@pytest.mark.parametrize("name", [n for n in BUILTIN["filters"] if n != "none"])
def test_constant_features_are_no_error(name: str) -> None:
    chosen: Filter = resolve("filters", name).create()
    same = np.ones((6, 3), np.float32)
    view = View(same, same, np.full((6, 2), 0.5, np.float32))
    assert len(chosen.keep(images([0, 1] * 3), images([0, 1] * 3), view)) <= 6
