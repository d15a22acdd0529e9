"""What each protocol lays out, for any sizes; no training here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gda_bench.api import I64, Batches, Draw, Images, Phase, Protocol, RunContext, UserError
from gda_bench.protocols import split_steps
from gda_bench.registry import BUILTIN, resolve
from gda_bench.subsets import nested_order, proportional_labels, subset_counts
from gda_bench.task_data import load_task, pool_labels

NAMES = list(BUILTIN["protocols"])
SIZE = st.integers(1, 40)


def protocol(text: str) -> Protocol:
    made: Protocol = resolve("protocols", text).create()
    return made


def real_and_synthetic(n: int, m: int, counts: tuple[int, ...] = (30, 20, 10)) -> tuple[Images, Images]:
    """n of a nested order and m of a pool, as the engine hands them over; every image is another."""
    split = np.repeat(np.arange(len(counts)), counts)
    y = split[nested_order(split, 0)][:n]
    labels = proportional_labels(subset_counts(counts, n), m)
    x = np.arange(n + m, dtype=np.uint8)[:, None, None, None]
    return Images(x[:n], y.astype(np.int64)), Images(x[n:], labels)


def lay_out(text: str, n: int, m: int, steps: int = 50, batch_size: int = 8) -> Batches:
    return protocol(text).batches(*real_and_synthetic(n, m), steps, batch_size, 0)


def drawn_from(batches: Batches) -> I64:
    return np.unique(np.concatenate([d.positions for p in batches.phases for d in p.draws]))


@pytest.mark.parametrize("name", NAMES)
@given(n=SIZE, m=SIZE, steps=st.integers(1, 30), batch_size=st.integers(1, 20))
def test_every_protocol_keeps_the_budget_for_any_sizes(name: str, n: int, m: int, steps: int, batch_size: int) -> None:
    batches = lay_out(name, n, m, steps, batch_size)
    drawn = list(batches)
    assert len(drawn) == steps == batches.taken
    assert {len(b.index) for b in drawn} == {batch_size}
    assert batches.demands <= protocol(name).demands
    assert drawn[-1].index.max() < n + m


@pytest.mark.parametrize("name", NAMES)
@given(n=SIZE, m=SIZE)
def test_a_protocol_sees_the_images_that_it_says(name: str, n: int, m: int) -> None:
    drawn = drawn_from(lay_out(name, n, m))
    seen = int((drawn < n).sum()), int((drawn >= n).sum())
    assert seen == protocol(name).used(n, m)
    assert seen[1] > 0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("generator", ["copy", "oracle"])
@pytest.mark.parametrize("m", [100, 400])
def test_the_known_answer_of_a_control_is_the_share_of_new_real_images(name: str, generator: str, m: int) -> None:
    made, n, seed = protocol(name), 100, 1
    worth = made.control_worth(generator, n, m)  # type: ignore[arg-type]
    if not made.exchangeable:
        assert worth == {"copy": 0, "oracle": None}[generator]
        return
    data = load_task(resolve("tasks", "digits"), Path())
    labels = pool_labels(subset_counts(data.counts(data.train), n), m)
    control = resolve("generators", generator).create()
    held_out = data.held_out(n, m, labels, seed) if generator == "oracle" else None
    control.fit(data.subset(n, seed), data.info, RunContext(seed, held_out=held_out))
    pool = Images(control.sample(labels, RunContext(seed)), labels)
    batches = made.batches(data.subset(n, seed), pool, 50, 8, seed)
    distinct = len({batches.x[i].tobytes() for i in drawn_from(batches)})
    n_used, m_used = made.used(n, m)
    # which copies replace their own originals is chance; all else is exact
    tolerance = 0.15 if (name, generator) == ("replace", "copy") else 0
    assert worth == pytest.approx((distinct - n_used) / m_used, abs=tolerance + 1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_where_a_filter_keeps_nothing_the_real_images_are_shuffled(name: str) -> None:
    real, synthetic = real_and_synthetic(9, 4)
    none = synthetic.take(np.empty(0, np.int64))
    if protocol(name).used(9, 4)[0] == 0:
        with pytest.raises(ValueError, match="no synthetic image, and the protocol leaves the 9 real ones out"):
            protocol(name).batches(real, none, 7, 4, 0)
        return
    drawn, plain = protocol(name).batches(real, none, 7, 4, 0), Batches.plain(real, 7, 4, 0)
    assert not drawn.demands
    assert all((a.index == b.index).all() for a, b in zip(drawn, plain, strict=True))


def test_weighted_halves_every_batch_and_weighs_the_halves() -> None:
    for batch in lay_out("weighted:real=0.7", n=5, m=3, batch_size=64):
        real = batch.index < 5
        assert real.sum() == 32
        assert batch.weight[real].sum() / 64 == pytest.approx(0.7)
        assert batch.weight.mean() == pytest.approx(1)


def test_weighted_evenly_asks_nothing_of_the_loss() -> None:
    assert not lay_out("weighted:real=0.5", n=5, m=3).demands


def test_ratio_keeps_its_share_whatever_m_is() -> None:
    for m in (1, 40):
        drawn = list(lay_out("ratio:synthetic=0.3", n=9, m=m, steps=10, batch_size=64))
        synthetic = [int((b.index >= 9).sum()) for b in drawn]
        assert set(synthetic) == {19, 20}
        assert sum(synthetic) == 192
        assert all((b.weight == 1).all() for b in drawn)


def test_pretrain_finetune_ends_on_real_images_with_a_new_head() -> None:
    first, second = lay_out("pretrain-finetune:pretrain=0.25,lr=0.1", n=6, m=4, steps=41).phases
    assert (first.steps, second.steps) == (10, 31)
    assert (first.new_head, second.new_head) == (False, True)
    assert (first.lr, second.lr) == (1.0, 0.1)
    assert drawn_from_phase(first) == {6, 7, 8, 9}
    assert drawn_from_phase(second) == {0, 1, 2, 3, 4, 5}


def test_a_single_step_is_spent_on_real_images() -> None:
    for name in ("pretrain-finetune", "progressive"):
        (only,) = lay_out(name, n=6, m=4, steps=1).phases
        assert drawn_from_phase(only) == {0, 1, 2, 3, 4, 5}


def test_progressive_grows_by_nested_fractions_in_the_proportions_of_the_classes() -> None:
    n = 48
    real, _ = real_and_synthetic(n, 1)
    before, *stages = lay_out("progressive:fractions=[0.25, 0.5, 1]", n=n, m=7, steps=60).phases
    assert drawn_from_phase(before) == set(range(n, n + 7))
    assert [p.steps for p in (before, *stages)] == [30, 10, 10, 10]
    sets = [drawn_from_phase(p) for p in stages]
    assert [len(s) for s in sets] == [12, 24, 48]
    assert sets[0] < sets[1] < sets[2]
    shares = [np.bincount(real.y[sorted(s)]) / len(s) for s in sets]
    assert all(share == pytest.approx([1 / 2, 1 / 3, 1 / 6], abs=0.05) for share in shares)
    assert not any(p.new_head for p in stages)


@given(SIZE)
def test_no_stage_lacks_a_class_that_the_real_images_have(n: int) -> None:
    real, _ = real_and_synthetic(n, 1)
    for phase in lay_out("progressive:fractions=[0.01, 1]", n=n, m=1).phases[1:]:
        assert set(real.y[sorted(drawn_from_phase(phase))]) == set(real.y)


@given(SIZE, SIZE)
def test_replace_keeps_the_size_and_the_proportions_of_the_mix(n: int, m: int) -> None:
    batches = lay_out("replace", n, m)
    drawn = drawn_from(batches)
    synthetic = int((drawn >= n).sum())
    assert len(drawn) == n
    assert 1 <= synthetic <= max(1, n - 1)
    if n > 1:
        assert synthetic == min(max(round(n * m / (n + m)), 1), n - 1)


@given(st.integers(3, 60), st.integers(1, 120))
def test_replace_puts_a_synthetic_image_in_the_place_of_a_real_one_of_its_class(n: int, m: int) -> None:
    real, pool = real_and_synthetic(n, m)
    batches = protocol("replace").batches(real, pool, 1, 1, 0)
    k = protocol("replace").used(n, m)[1]
    lost = np.bincount(real.y[n - k :], minlength=3)
    there = np.bincount(pool.y, minlength=3)
    gained = np.bincount(batches.y[drawn_from(batches)], minlength=3) - np.bincount(real.y[: n - k], minlength=3)
    assert (gained >= np.minimum(lost, there)).all(), "of its class, as long as the pool has one"
    if (lost <= there).all():
        assert (gained == lost).all()


@given(st.integers(1, 40), st.lists(st.floats(0.01, 1), min_size=1, max_size=6))
def test_steps_are_split_near_their_shares_and_none_is_lost(steps: int, parts: list[float]) -> None:
    shares = [p / sum(parts) for p in parts]
    split = split_steps(steps, shares)
    assert sum(split) == steps
    assert min(split) >= (steps >= len(shares))
    assert split == pytest.approx([s * steps for s in shares], abs=len(shares))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("weighted:real=1.5", "protocol weighted: real=1.5 must lie between 0 and 1"),
        ("ratio:synthetic=0", "synthetic=0 must lie between 0 and 1"),
        ("pretrain-finetune:pretrain=1", "pretrain=1 must lie between 0 and 1"),
        ("pretrain-finetune:lr=0", "lr=0 must be above 0"),
        ("progressive:fractions=[0.5, 0.25, 1]", "must ascend from above 0 to 1"),
        ("progressive:fractions=[0.5]", "must ascend from above 0 to 1"),
        ("progressive:fractions=[]", "must ascend from above 0 to 1"),
        ("replace:k=3", "has no parameter 'k'"),
        ("weigted", "did you mean weighted"),
    ],
)
def test_wrong_parameters_are_refused_in_one_line(text: str, message: str) -> None:
    with pytest.raises(UserError, match=r"^.*$") as caught:
        resolve("protocols", text)
    assert message in str(caught.value)


class Silent(Protocol):
    """Weighs, and does not say so."""

    def phases(self, real: I64, synthetic: I64, y: I64, steps: int) -> list[Phase]:
        return [Phase(steps, [Draw(real, 0.5, 0.9), Draw(synthetic, 0.5, 0.1)])]


class Greedy(Protocol):
    """Takes a step more than it is given."""

    def phases(self, real: I64, synthetic: I64, y: I64, steps: int) -> list[Phase]:
        return [Phase(steps + 1, [Draw(real)])]


@pytest.mark.parametrize(
    ("cls", "message"),
    [(Silent, "lays out weights, which its demands do not name"), (Greedy, "lays out 11 steps, the budget is 10")],
)
def test_a_protocol_that_breaks_its_word_is_refused(cls: type[Protocol], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cls().batches(*real_and_synthetic(4, 4), 10, 4, 0)


def drawn_from_phase(phase: Phase) -> set[int]:
    return set(np.concatenate([d.positions for d in phase.draws]).tolist())
