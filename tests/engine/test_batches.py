from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gda_bench.api import Batches, Draw, Images, Phase

FEW = st.integers(1, 30)
SHARES = st.floats(0.02, 0.98)


def images(n: int) -> Images:
    return Images(np.zeros((n, 2, 2, 1), np.uint8), np.zeros(n, np.int64))


def at(*positions: int) -> np.ndarray:
    return np.array(positions, np.int64)


@given(st.integers(1, 50), FEW, st.integers(1, 40))
def test_exactly_the_budget_and_every_image_equally_often(n: int, steps: int, batch_size: int) -> None:
    batches = Batches.plain(images(n), steps, batch_size, seed=0)
    drawn = list(batches)
    assert len(drawn) == len(batches) == steps == batches.taken
    assert all(len(b.index) == len(b.weight) == batch_size for b in drawn)
    assert all((b.weight == 1).all() and b.weight.dtype == np.float32 for b in drawn)
    seen = np.bincount(np.concatenate([b.index for b in drawn]), minlength=n)
    assert seen.max() - seen.min() <= 1


@given(st.integers(1, 50), FEW, st.integers(1, 40), st.integers(0, 2**62))
def test_one_draw_gives_the_positions_of_stored_results(n: int, steps: int, batch_size: int, seed: int) -> None:
    rng, queue = np.random.default_rng(seed), np.empty(0, np.int64)
    while len(queue) < steps * batch_size:
        queue = np.concatenate([queue, rng.permutation(n)])
    drawn = np.concatenate([b.index for b in Batches.plain(images(n), steps, batch_size, seed)])
    assert drawn.dtype == np.int64
    assert (drawn == queue[: steps * batch_size]).all()


def test_the_order_comes_from_the_seed() -> None:
    a, b, c = (np.concatenate([batch.index for batch in Batches.plain(images(100), 3, 10, seed)]) for seed in (1, 1, 2))
    assert (a == b).all()
    assert (a != c).any()


@given(SHARES, SHARES, FEW, st.integers(1, 40))
def test_two_draws_keep_their_shares_of_images_and_loss(share: float, loss: float, steps: int, batch_size: int) -> None:
    draws = [Draw(np.arange(7), share, loss), Draw(np.arange(7, 20), 1 - share, 1 - loss)]
    drawn = list(Batches(images(20), [Phase(steps, draws)], batch_size, seed=3))
    first = np.array([(b.index < 7).sum() for b in drawn])
    assert (np.abs(first - share * batch_size) <= 1 + 1e-9).all(), "no batch is off by more than one image"
    off = np.abs(first.cumsum() - share * batch_size * np.arange(1, steps + 1))
    assert (off <= 0.5 + 1e-9).all(), "and all together never by more than half of one"
    for b in drawn:
        assert b.weight == pytest.approx(np.where(b.index < 7, loss / share, (1 - loss) / (1 - share)), rel=1e-6)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=5), FEW, st.integers(1, 40))
def test_any_number_of_draws_fills_every_batch(parts: list[int], steps: int, batch_size: int) -> None:
    draws = [Draw(at(k), part / sum(parts)) for k, part in enumerate(parts)]
    drawn = list(Batches(images(len(parts)), [Phase(steps, draws)], batch_size, seed=3))
    assert all(len(b.index) == batch_size for b in drawn)
    seen = np.bincount(np.concatenate([b.index for b in drawn]), minlength=len(parts))
    assert seen == pytest.approx(np.array(parts) / sum(parts) * steps * batch_size, abs=len(parts))


def test_whole_shares_make_all_batches_alike_with_a_mean_weight_of_1() -> None:
    draws = [Draw(np.arange(5), 0.5, 0.8), Draw(np.arange(5, 20), 0.5, 0.2)]
    for batch in Batches(images(20), [Phase(9, draws)], 64, seed=0):
        real = batch.index < 5
        assert real.sum() == 32
        assert batch.weight.mean() == pytest.approx(1)
        assert batch.weight[real].sum() / 64 == pytest.approx(0.8)


def test_batches_of_one_image_alternate() -> None:
    drawn = list(Batches(images(2), [Phase(6, [Draw(at(0), 0.5, 0.8), Draw(at(1), 0.5, 0.2)])], 1, seed=0))
    assert [int(b.index[0]) for b in drawn] == [0, 1, 0, 1, 0, 1]
    assert [float(b.weight[0]) for b in drawn] == pytest.approx([1.6, 0.4] * 3)


def test_a_phase_comes_with_its_first_batch() -> None:
    phases = [Phase(2, [Draw(at(0))]), Phase(1, [Draw(at(1))], new_head=True), Phase(3, [Draw(at(2))], lr=0.5)]
    batches = Batches(images(3), phases, 4, seed=0)
    drawn = list(batches)
    assert [b.phase for b in drawn] == [phases[0], None, phases[1], phases[2], None, None]
    assert [set(b.index.tolist()) for b in drawn] == [{0}, {0}, {1}, {2}, {2}, {2}]
    assert len(batches) == batches.taken == 6


@pytest.mark.parametrize(
    ("phases", "demands"),
    [
        ([Phase(1, [Draw(at(0))])], set()),
        ([Phase(1, [Draw(at(0), 0.3), Draw(at(1), 0.7)])], set()),
        ([Phase(1, [Draw(at(0), 0.5, 0.6), Draw(at(1), 0.5, 0.4)])], {"weights"}),
        ([Phase(1, [Draw(at(0))]), Phase(1, [Draw(at(0))])], {"phases"}),
        ([Phase(1, [Draw(at(0))], new_head=True)], {"phases"}),
        ([Phase(1, [Draw(at(0))], lr=2)], {"phases"}),
    ],
)
def test_a_layout_knows_what_it_demands(phases: list[Phase], demands: set[str]) -> None:
    assert Batches(images(2), phases, 2, seed=0).demands == demands


@pytest.mark.parametrize(
    ("steps", "draws"),
    [
        (0, [Draw(at(0))]),
        (1, []),
        (1, [Draw(at())]),
        (1, [Draw(at(0), 0.5)]),
        (1, [Draw(at(0), 0.5), Draw(at(1), 0.6)]),
        (1, [Draw(at(0), 1.0), Draw(at(1), 0.0)]),
        (1, [Draw(at(0), 0.5, 0.8), Draw(at(1), 0.5, 0.3)]),
        (1, [Draw(at(0), 0.5, 1.0), Draw(at(1), 0.5, 0.0)]),
    ],
)
def test_a_phase_that_makes_no_sense_is_refused(steps: int, draws: list[Draw]) -> None:
    with pytest.raises(ValueError, match=r"phase of|must be above 0"):
        Phase(steps, draws)
