"""The embedding: who is looked at, by which classifier, and what is kept from filters."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gda_bench.executors.worker import Worker
from gda_bench.registry import resolve
from gda_bench.stages import EmbedCell, FitCell, PoolCell, TrainCell
from gda_bench.stages.embed import HELD_OUT, held_out_images
from gda_bench.store import Store
from gda_bench.subsets import subset_counts
from gda_bench.task_data import TaskData, load_task, pool_labels
from gda_classifiers.cnn import CNN

CENTROID = f"{Path(__file__).parents[1] / 'plugins' / 'fast.py'}:Centroid"
N, STEPS = 100, 30


@pytest.fixture
def data(tmp_path: Path) -> TaskData:
    return load_task(resolve("tasks", "digits"), tmp_path)


def embedded(tmp_path: Path, data: TaskData, generator: str = "gaussian", classifier: str = CENTROID) -> EmbedCell:
    """An embed cell with all it needs in the store at tmp_path / "s"."""
    Store(tmp_path / "s").open()
    fit = FitCell(data.spec, data.digest, 0, resolve("generators", generator), N)
    cell = EmbedCell.of(real_arm(data, classifier), PoolCell.of(fit, 150))
    worker = Worker(tmp_path / "s", tmp_path, "cpu", "missing")
    for each in (cell.reference, fit, cell.pool, cell):
        assert worker.run(each).status in ("computed", "reused")
    return cell


def real_arm(data: TaskData, classifier: str, kept: bool = True) -> TrainCell:
    chosen, concat = resolve("classifiers", classifier), resolve("protocols", "concat")
    return TrainCell(data.spec, data.digest, 0, chosen, concat, N, STEPS, 64, kept=kept)


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("classifier", [CENTROID, "cnn:width=8", "cnn:width=8,calibrate=true", "linear"])
def test_it_looks_through_the_real_arm_at_n(tmp_path: Path, data: TaskData, classifier: str, kept: bool) -> None:
    """Whether that kept its classifier, cannot keep one, or ran when none was to be kept."""
    store = Store(tmp_path / "s")
    store.open()
    arm = real_arm(data, classifier, kept)
    assert Worker(store.root, tmp_path, "cpu", "missing").run(arm).status == "computed"
    keeps = kept and classifier != CENTROID
    assert [path.name for path in store.folder(arm.key).iterdir() if path.is_dir()] == ["classifier"] * keeps
    cell = embedded(tmp_path, data, classifier=classifier)
    assert cell.reference.key == arm.key
    assert (cell.everything(store)["test"].proba == arm.read(store)).all()


def test_a_classifier_is_trained_once_for_all_generators(
    tmp_path: Path, data: TaskData, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[CNN] = []
    fit = CNN.fit
    monkeypatch.setattr(CNN, "fit", lambda self, *rest: (trained.append(self), fit(self, *rest)))
    for generator in ("gaussian", "gaussian:noise=1"):
        embedded(tmp_path, data, generator, "cnn:width=8")
    assert len(trained) == 1


def test_what_a_filter_may_look_at_holds_nothing_else(tmp_path: Path, data: TaskData) -> None:
    cell, store = embedded(tmp_path, data), Store(tmp_path / "s")
    with np.load(store.folder(cell.key) / "seen.npz") as f:
        assert {key: f[key].shape for key in f.files} == {
            "real_features": (N, 10), "real_proba": (N, 10), "pool_features": (150, 10), "pool_proba": (150, 10),
        }  # fmt: skip
    with np.load(store.folder(cell.key) / "audit.npz") as f:
        assert {key.rpartition("_")[0] for key in f.files} == {"test", "held_out"}
    view = cell.view(store).first(60)
    assert (view.real_features.shape, view.pool_features.shape, view.pool_proba.shape) == ((N, 10), (60, 10), (60, 10))


def test_every_generator_is_seen_with_the_same_eyes(tmp_path: Path, data: TaskData) -> None:
    store = Store(tmp_path / "s")
    network = "cnn:width=8"
    one, other = (embedded(tmp_path, data, g, network).everything(store) for g in ("gaussian", "gaussian:noise=1"))
    assert (one["real"].features == other["real"].features).all()
    assert one["real"].features.shape[1] != 10, "features, not probabilities"
    assert (one["pool"].features != other["pool"].features).any()


def test_held_out_images_are_outside_the_n_and_those_of_the_oracle(data: TaskData) -> None:
    held = held_out_images(data, N, 0)
    assert len(held) <= min(HELD_OUT, len(data.train) - N)
    ours = {x.tobytes() for x in held.x[:300]}
    assert not ours & {x.tobytes() for x in data.subset(N, 0).x}
    assert not ours & {x.tobytes() for x in data.test.x}
    counts = subset_counts(data.counts(data.train), N)
    assert (held.y[:300] == pool_labels(counts, 300)).all(), "class-proportional like the pool"
    oracle = data.held_out(N, 300, pool_labels(counts, 300), 0)
    assert not ours & {x.tobytes() for x in oracle.x}


def test_too_few_outside_are_none(data: TaskData) -> None:
    assert len(held_out_images(data, len(data.train), 0)) == 0
    assert len(held_out_images(data, len(data.train) - 20, 0)) == 0
    assert len(held_out_images(data, len(data.train) - 100, 0)) > 50
