from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gda_bench.api import Batches, Images, RunContext, TaskInfo
from gda_bench.registry import resolve
from gda_bench.task_data import load_task

TEXTS = ["cnn:width=8", "timm:model=resnet10t,size=32"]


def train(text: str, images: Images, info: TaskInfo, steps: int, seed: int = 0) -> object:
    classifier = resolve("classifiers", text).create()
    batches = Batches.plain(images, steps, 32, seed=seed)
    classifier.fit(batches, info, RunContext(seed))
    assert batches.taken == steps
    return classifier


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("shape", [(8, 8, 1), (28, 28, 3), (40, 33, 1)])
def test_any_shape_gives_probabilities_and_the_same_ones_again(text: str, shape: tuple[int, int, int]) -> None:
    rng = np.random.default_rng(0)
    images = Images(rng.integers(0, 256, (20, *shape)).astype(np.uint8), np.tile([0, 1, 2, 3], 5).astype(np.int64))
    info = TaskInfo("toy", "multiclass", shape, ("a", "b", "c", "d"))
    first, again = (train(text, images, info, steps=2).predict_proba(images.x) for _ in range(2))  # type: ignore[attr-defined]
    assert first.dtype == np.float32
    assert first.shape == (20, 4)
    assert np.allclose(first.sum(1), 1, atol=1e-5)
    assert (first == again).all()


def test_cnn_learns_real_digits() -> None:
    data = load_task(resolve("tasks", "digits"), Path())
    classifier = train("cnn:width=16,lr=0.004", data.train, data.info, steps=150)
    said = classifier.predict_proba(data.test.x).argmax(1)  # type: ignore[attr-defined]
    assert (said == data.test.y).mean() > 0.9


def test_a_resnet_keeps_the_resolution_of_small_images() -> None:
    info = TaskInfo("toy", "multiclass", (28, 28, 1), ("a", "b"))
    network = resolve("classifiers", "timm:model=resnet18").create().build(info)
    assert network.conv1.stride == (1, 1)
    assert network.conv1.in_channels == 1
    assert type(network.maxpool).__name__ == "Identity"


def test_shifts_keep_every_image_whole_up_to_its_border() -> None:
    import torch

    from gda_classifiers.training import augment

    x = torch.zeros(50, 1, 9, 9)
    x[:, :, 4, 4] = 1
    torch.manual_seed(0)
    moved = augment(x, shift=2, flip=False)
    assert moved.sum((1, 2, 3)).eq(1).all()
    rows, columns = moved.amax((1, 3)).argmax(1), moved.amax((1, 2)).argmax(1)
    assert set(rows.tolist()) == set(columns.tolist()) == {2, 3, 4, 5, 6}
    assert (augment(x, shift=0, flip=False) == x).all()
