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

CENTROID = f"{Path(__file__).parents[1] / 'plugins' / 'fast.py'}:Centroid"
N, STEPS = 100, 30


@pytest.fixture
def data(tmp_path: Path) -> TaskData:
    return load_task(resolve("tasks", "digits"), tmp_path)


def embedded(tmp_path: Path, data: TaskData, generator: str = "gaussian", classifier: str = CENTROID) -> EmbedCell:
    """An embed cell with all it needs in the store at tmp_path / "s"."""
    Store(tmp_path / "s").open()
    fit = FitCell(data.spec, data.digest, 0, resolve("generators", generator), N)
    cell = EmbedCell(data.spec, data.digest, 0, resolve("classifiers", classifier), STEPS, 64, PoolCell.of(fit, 150))
    worker = Worker(tmp_path / "s", tmp_path, "cpu", "missing")
    for each in (fit, cell.pool, cell):
        assert worker.run(each).status == "computed"
    return cell


def test_it_sees_what_the_real_arm_at_n_sees(tmp_path: Path, data: TaskData) -> None:
    cell, store = embedded(tmp_path, data), Store(tmp_path / "s")
    arm = TrainCell(
        data.spec, data.digest, 0, cell.classifier, resolve("protocols", "concat"), N, STEPS, 64
    )  # fmt: skip
    assert Worker(store.root, tmp_path, "cpu", "missing").run(arm).status == "computed"
    # class means do not depend on the order of batches, so the two classifiers are one
    with np.load(store.folder(arm.key) / "test.npz") as f:
        assert (cell.everything(store)["test"].proba == f["proba"]).all()


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
