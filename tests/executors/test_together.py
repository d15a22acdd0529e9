"""Trainings as one: what each learns is what it would learn alone, and what fails fails alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gda_bench.api import Batches, Draw, Images, Phase, RunContext, TaskInfo
from gda_bench.executors.worker import Worker
from gda_bench.report import Report
from gda_bench.store import Store
from gda_classifiers.cnn import CNN
from gda_classifiers.feed import Feed
from gda_classifiers.resnet1d import ResNet1d
from gda_classifiers.training import TorchClassifier

STEPS = 12


def task(shape: tuple[int, int, int]) -> TaskInfo:
    return TaskInfo(name="t", kind="multiclass", shape=shape, classes=("a", "b", "c"), metric="accuracy")


def images(shape: tuple[int, int, int], n: int, seed: int) -> Images:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    x = rng.integers(0, 120, (n, *shape)) + 60 * y[:, None, None, None]
    return Images(x.astype(np.uint8), y.astype(np.int64))


@pytest.fixture
def in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where what differs is hardly rounding, on every CPU."""
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)


@pytest.mark.usefixtures("in_float32")
@pytest.mark.parametrize(
    ("kind", "options", "shape"),
    [
        (CNN, {"width": 8, "shift": 1}, (12, 12, 1)),
        (CNN, {"width": 8, "augment": "randaugment"}, (28, 28, 3)),
        (CNN, {"width": 8, "augment": "mixup", "label_smoothing": 0.1, "class_weight": "balanced"}, (12, 12, 1)),
        (ResNet1d, {"width": 8, "layers": 1}, (1, 64, 1)),
    ],
)
def test_each_learns_what_it_would_learn_alone(
    kind: type[TorchClassifier], options: dict[str, Any], shape: tuple[int, int, int]
) -> None:
    sets = [images(shape, 40 + 10 * i, i) for i in range(3)]
    unseen = images(shape, 50, 99).x

    def batches() -> list[Batches]:
        weighted = [Draw(np.arange(20), 0.5, 0.8), Draw(np.arange(20, 40), 0.5, 0.2)]
        phases = [[Phase(STEPS, [Draw(np.arange(len(s)))])] for s in sets[:2]] + [[Phase(STEPS, weighted)]]
        return [Batches(s, p, 16, seed=i) for i, (s, p) in enumerate(zip(sets, phases, strict=True))]

    contexts = [RunContext(seed=100 + i) for i in range(3)]
    before = torch.get_rng_state()
    alone, own = [kind(**options) for _ in sets], batches()
    for classifier, laid, ctx in zip(alone, own, contexts, strict=True):
        classifier.fit(laid, task(shape), ctx)
    together, shared = [kind(**options) for _ in sets], batches()
    kind.fit_together(together, shared, task(shape), contexts)

    assert [b.taken for b in shared] == [STEPS] * 3
    assert torch.equal(torch.get_rng_state(), before), "the caller's chance is not touched"
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_allclose(other.predict_proba(unseen), one.predict_proba(unseen), atol=2e-3)
    assert not np.allclose(together[0].predict_proba(unseen), together[1].predict_proba(unseen), atol=2e-3)


@pytest.mark.parametrize("augment", ["standard", "randaugment", "mixup"])
def test_images_that_live_together_on_the_device_are_read_as_they_are_from_the_host(
    augment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shape = (12, 12, 3)
    sets = [images(shape, 40 + 10 * i, i) for i in range(3)]

    def learnt() -> list[np.ndarray[Any, Any]]:
        laid = [Batches(s, [Phase(STEPS, [Draw(np.arange(len(s)))])], 16, seed=i) for i, s in enumerate(sets)]
        classifiers = [CNN(width=8, shift=1, augment=augment, class_weight="balanced") for _ in sets]  # type: ignore[arg-type]
        CNN.fit_together(classifiers, laid, task(shape), [RunContext(seed=i) for i in range(3)])
        return [classifier.predict_proba(sets[0].x) for classifier in classifiers]

    from_host = learnt()
    monkeypatch.setattr(Feed, "_fits", lambda self: True)  # as on a GPU
    for one, other in zip(from_host, learnt(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_layouts_in_phases_are_trained_one_by_one() -> None:
    shape = (8, 8, 1)
    draws = [Draw(np.arange(30))]
    made = [Batches(images(shape, 30, i), [Phase(3, draws), Phase(3, draws, new_head=True)], 8, i) for i in range(2)]
    classifiers = [CNN(width=8) for _ in made]
    CNN.fit_together(classifiers, made, task(shape), [RunContext(seed=i) for i in range(2)])
    assert [b.taken for b in made] == [6, 6]
    assert all(np.isfinite(c.predict_proba(images(shape, 5, 9).x)).all() for c in classifiers)


@pytest.fixture
def on_a_small_gpu(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """As if this device gained by four replicas; how many ran as one, each time."""
    sizes: list[int] = []
    together = CNN.fit_together.__func__  # type: ignore[attr-defined]

    def noted(cls: type[CNN], classifiers: list[CNN], *rest: Any) -> None:
        sizes.append(len(classifiers))
        together(cls, classifiers, *rest)

    monkeypatch.setattr(CNN, "replicas", lambda self, task, device: 4)
    monkeypatch.setattr(CNN, "fit_together", classmethod(noted))
    companions = Worker.companions

    def eager(self: Worker, cell: Any, others: Any) -> Any:
        gpu = Worker(self.store, self.data_dir, "cuda", self.policy, self.isolation)
        return companions(gpu, cell, others)

    monkeypatch.setattr(Worker, "companions", eager)
    return sizes


def numbers(report: Report) -> dict[str, float]:
    return {cell.key: (cell.metrics or {}).get("accuracy", -1.0) for cell in report.cells}


@pytest.mark.slow
@pytest.mark.usefixtures("in_float32")
def test_a_study_says_the_same_either_way(
    fast_run: Callable[..., list[Report]], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    options: dict[str, Any] = {"classifier": "cnn:width=8", "seeds": 2, "set": {"budget.amount": 60}}
    (alone,) = fast_run(store=tmp_path / "alone", **options)
    sizes = request.getfixturevalue("on_a_small_gpu")
    (together,) = fast_run(store=tmp_path / "together", **options)
    assert max(sizes) == 4
    a, b = numbers(alone), numbers(together)
    assert a.keys() == b.keys(), "keys do not know how many ran as one"
    differences = np.array([a[key] - b[key] for key in a])
    assert np.abs(differences).max() < 0.03
    assert abs(differences.mean()) < 0.005
    notes = [r.notes.get("trained_together") for r in Store(tmp_path / "together").records()]
    assert notes.count(4) == 4 * sizes.count(4)


def test_where_a_joint_training_fails_each_cell_runs_alone(
    fast_run: Callable[..., list[Report]], on_a_small_gpu: list[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(cls: type[CNN], classifiers: list[CNN], *rest: Any) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(CNN, "fit_together", classmethod(broken))
    (report,) = fast_run(classifier="cnn:width=8", seeds=1)
    assert all(cell.status == "ok" for cell in report.cells)
    noted = [path.read_text() for path in (tmp_path / "store" / "failures").iterdir()]
    assert noted
    assert all("out of memory" in text for text in noted)


@pytest.mark.slow
def test_workers_side_by_side_take_groups_too(
    fast_run: Callable[..., list[Report]], on_a_small_gpu: list[int], tmp_path: Path
) -> None:
    (report,) = fast_run(classifier="cnn:width=8", seeds=1, workers=2)
    assert all(cell.status == "ok" for cell in report.cells)
    notes = [record.notes.get("trained_together") for record in Store(tmp_path / "store").records()]
    assert notes.count(4) >= 4
