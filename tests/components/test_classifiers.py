from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gda_bench.api import Batches, Draw, Images, Phase, RunContext, TaskInfo
from gda_bench.registry import resolve
from gda_bench.task_data import load_task

TEXTS = [
    "cnn:width=8",
    "timm:model=resnet10t,size=32",
    "torchvision:model=shufflenet_v2_x0_5,size=32",
    "monai:model=resnet10,size=8",
    "linear",
]


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


def noise(n: int, classes: int, side: int = 8) -> tuple[Images, TaskInfo]:
    x = np.random.default_rng(0).integers(0, 256, (n, side, side, 1)).astype(np.uint8)
    names = tuple(map(str, range(classes)))
    info = TaskInfo("toy", "multiclass", (side, side, 1), names)
    return Images(x, np.arange(n, dtype=np.int64) % classes), info


@pytest.mark.parametrize(
    "text",
    [
        "cnn:width=4",
        "linear",
        "torchvision:model=squeezenet1_1,size=32",
        "torchvision:model=densenet121",
        "monai:model=DenseNet121",
        "monai:model=SEResNet50",
        "timm:model=resnet10t,size=32",
        "timm:model=dla46_c,size=32",
        "timm:model=levit_128s,size=224",
    ],
)
def test_a_new_head_is_new_and_the_rest_stays(text: str) -> None:
    images, info = noise(6, 3)
    states = []
    for new_head in (False, True):
        # a cycle of one step has a learning rate of almost nothing, so only the new head can change a weight
        phases = [Phase(1, [Draw(np.arange(6))]), Phase(1, [Draw(np.arange(6))], new_head=new_head)]
        classifier = resolve("classifiers", text).create()
        classifier.fit(Batches(images, phases, 6, seed=0), info, RunContext(0))
        assert classifier.predict_proba(images.x).shape == (6, 3)
        seen = classifier.features(images.x)
        assert seen.ndim == 2
        assert len(seen) == 6
        states.append({k: v for k, v in classifier.network.state_dict().items() if "running" not in k})
    kept, renewed = states
    changed = {k for k in kept if kept[k].is_floating_point() and (kept[k] - renewed[k]).abs().max() > 1e-3}
    inside = dict(classifier.network.named_modules())
    heads = [k for k, v in inside.items() if v is classifier.head or k.endswith("head_dist")]
    assert changed
    assert all(any(name.startswith(head) for head in heads) for name in changed), changed
    assert all(any(name.startswith(head) for name in changed) for head in heads)


def test_each_phase_has_its_own_optimiser_and_cycle(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    images, info = noise(8, 2)
    peaks: list[float] = []
    used: list[tuple[int, float]] = []
    begin, step = torch.optim.AdamW.__init__, torch.optim.AdamW.step

    def count_begin(optimizer: torch.optim.AdamW, parameters: object, lr: float, **options: object) -> None:
        peaks.append(lr)
        begin(optimizer, parameters, lr=lr, **options)  # type: ignore[arg-type]

    def count_step(optimizer: torch.optim.AdamW, *arguments: object, **options: object) -> object:
        used.append((len(peaks), optimizer.param_groups[0]["lr"]))
        return step(optimizer, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(torch.optim.AdamW, "__init__", count_begin)
    monkeypatch.setattr(torch.optim.AdamW, "step", count_step)
    phases = [Phase(10, [Draw(np.arange(8))]), Phase(5, [Draw(np.arange(4))], lr=0.5)]
    resolve("classifiers", "cnn:width=4,lr=0.01").create().fit(Batches(images, phases, 4, 0), info, RunContext(0))
    assert peaks == [0.01, 0.005]
    assert [phase for phase, _ in used] == [1] * 10 + [2] * 5
    assert max(lr for phase, lr in used if phase == 1) == pytest.approx(0.01)
    assert max(lr for phase, lr in used if phase == 2) == pytest.approx(0.005)
    assert used[9][1] < 1e-5, "each cycle comes down to nothing"
    assert used[14][1] < 1e-5


def test_weights_decide_between_equal_images() -> None:
    _, info = noise(2, 2)
    same = Images(np.full((2, 8, 8, 1), 128, np.uint8), np.array([0, 1], np.int64))
    draws = [Draw(np.array([0]), 0.5, 0.9), Draw(np.array([1]), 0.5, 0.1)]
    classifier = resolve("classifiers", "cnn:width=4,lr=0.1").create()
    classifier.fit(Batches(same, [Phase(120, draws)], 8, seed=0), info, RunContext(0))
    assert classifier.predict_proba(same.x)[0] == pytest.approx([0.9, 0.1], abs=0.1)
