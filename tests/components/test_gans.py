"""What is specific to the GANs: augmentation, the kernel distance, selective sampling, training that goes on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from gda_bench.api import Images, RunContext, TaskInfo
from gda_bench.registry import resolve
from gda_generators import kernel_distance
from gda_generators.diffaugment import DiffAugment
from gda_generators.kernel_distance import KernelDistance
from gda_generators.vit_cgan import ViTCGAN

SHAPE = (8, 8, 1)
FAST = {
    "cgan": "cgan:steps=3,batch_size=8,channels=8,latent=8,check_every=2",
    "vit-cgan": "vit-cgan:steps=3,batch_size=8,width=16,depth=1,heads=2,latent=8,check_every=2",
    "cvae": "cvae:steps=3,batch_size=8,channels=8,check_every=2",
}


def task(classes: int = 3, shape: tuple[int, int, int] = SHAPE) -> TaskInfo:
    return TaskInfo("toy", "multiclass", shape, tuple(f"class {c}" for c in range(classes)))


def images(per_class: list[int], shape: tuple[int, int, int] = SHAPE) -> Images:
    y = np.repeat(np.arange(len(per_class)), per_class).astype(np.int64)
    return Images(np.random.default_rng(0).integers(0, 256, (len(y), *shape)).astype(np.uint8), y)


@pytest.mark.parametrize("policy", ["color", "translation", "cutout", "color+translation+cutout", ""])
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 13, 10)])
def test_augmentation_is_differentiable_and_keeps_the_shape(policy: str, shape: tuple[int, int, int]) -> None:
    x = torch.rand(16, *shape, dtype=torch.float32).mul(2).sub(1).requires_grad_()
    out = DiffAugment(policy)(x)
    assert out.shape == x.shape
    out.square().sum().backward()
    assert x.grad is not None
    assert (x.grad.flatten(1).abs().sum(1) > 0).all(), "every image hears from the discriminator"
    assert policy or (out == x).all()


def test_real_and_drawn_images_meet_the_same_transforms() -> None:
    """The loop augments both in one batch: what an image is has no say in what is done to it."""
    x, other = torch.rand(2, 4, 1, 8, 8) * 2 - 1
    torch.manual_seed(0)
    first = DiffAugment("translation")(torch.cat([x, x]))
    torch.manual_seed(0)
    beside = DiffAugment("translation")(torch.cat([x, other]))
    assert (beside[:4] == first[:4]).all(), "whatever lies beside them"
    assert (first[:4] != first[4:]).any(), "each image has a draw of its own"


def test_both_steps_of_the_training_augment_what_they_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    call = DiffAugment.__call__

    def listen(self: DiffAugment, x: torch.Tensor) -> torch.Tensor:
        sizes.append(len(x))
        return call(self, x)

    monkeypatch.setattr(DiffAugment, "__call__", listen)
    resolve("generators", "cgan:steps=2,batch_size=6,channels=8,latent=8,check_every=2").create().fit(
        images([8, 8, 8]), task(), RunContext(0)
    )
    assert sizes == [12, 6, 12, 6], "real and drawn images together for the discriminator, drawn ones for the generator"


class Linear(torch.nn.Module):
    """A discriminator whose scores are known: w . x, plus the label."""

    def __init__(self) -> None:
        super().__init__()
        self.w = torch.linspace(-1, 1, 16).view(1, 1, 4, 4)

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, None]:
        return (self.w * x).sum((1, 2, 3)) + y, None


def test_the_hinge_losses_are_those_of_their_definition() -> None:
    from gda_generators.adversarial import _discriminator_loss, _generator_loss

    judge, both = Linear(), torch.randn(6, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    y, fake_y = torch.tensor([0, 1, 2]), torch.tensor([2, 1, 0])
    score = judge(both, torch.cat([y, fake_y]))[0]
    expected = (1 - score[:3]).clamp(min=0).mean() + (1 + score[3:]).clamp(min=0).mean()
    found = _discriminator_loss(judge, both, y, fake_y, slope_penalty=0.0, class_weight=0.0)
    assert float(found) == pytest.approx(float(expected), rel=2e-2)
    assert float(_generator_loss(judge, both[3:], fake_y, 0.0)) == pytest.approx(-float(score[3:].mean()), rel=2e-2)


def test_the_slope_penalty_is_the_squared_gradient() -> None:
    """R1 of a linear discriminator is |w|^2 / 2 times gamma, whatever the image; gamma is twice the weight."""
    from gda_generators.adversarial import _discriminator_loss

    judge, x, y = Linear(), torch.zeros(4000, 1, 4, 4), torch.zeros(2000).long()
    torch.manual_seed(0)
    with torch.autocast("cpu", enabled=False):
        penal = [_discriminator_loss(judge, x, y, y, slope_penalty=p, class_weight=0.0) for p in (0.0, 1.0)]
    assert float(penal[1] - penal[0]) == pytest.approx(float((judge.w**2).sum()), rel=0.1)


def test_sameness_is_1_for_equal_draws_and_0_for_draws_as_unlike_as_real_images() -> None:
    from gda_generators.adversarial import _Sameness

    x, y = torch.rand(40, 1, 4, 4, generator=torch.Generator().manual_seed(0)), torch.arange(40) % 2
    sameness = _Sameness(x, y)
    same = x[:4].repeat(2, 1, 1, 1)
    assert float(sameness(same, y[:4].repeat(2))) == 1
    assert float(sameness(torch.cat([same[:4], same[:4] + 1]), y[:4].repeat(2))) == 0


def test_translation_moves_by_whole_pixels_and_fills_with_grey() -> None:
    torch.manual_seed(0)
    x = torch.zeros(64, 1, 8, 8)
    x[:, :, 4, 4] = 1
    moved = DiffAugment("translation")(x)
    at = moved.flatten(1).argmax(1)
    assert (moved.sum((1, 2, 3)) == 1).all()
    assert set((at // 8).tolist()) == set((at % 8).tolist()) == {3, 4, 5}


def test_an_unknown_transform_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="no transform is named blur"):
        DiffAugment("color+blur")


def test_the_kernel_distance_prefers_the_right_images_in_the_right_class() -> None:
    torch.manual_seed(0)
    y = torch.tensor([0, 1]).repeat(8)
    means = torch.stack([-torch.ones(1, 8, 8) / 2, torch.ones(1, 8, 8) / 2])

    def drawn(labels: torch.Tensor, spread: float = 0.2) -> torch.Tensor:
        return means[labels] + spread * torch.randn(len(labels), 1, 8, 8)

    distance = KernelDistance(drawn(y), y)
    right = distance(drawn(y.repeat(8)))
    assert right < distance(drawn(1 - y.repeat(8))), "of the other class"
    assert right < distance(drawn(y.repeat(8), spread=0)), "without variety"


def test_the_kernel_distance_is_the_same_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    held, drawn, y = torch.randn(7, 3, 8, 8), torch.randn(21, 3, 8, 8), torch.arange(7)
    whole = KernelDistance(held, y)(drawn)
    monkeypatch.setattr(kernel_distance, "AT_ONCE", 7)
    assert KernelDistance(held, y)(drawn) == pytest.approx(whole, rel=1e-5)


def test_selective_sampling_keeps_the_labels_and_is_surer_of_them() -> None:
    generator = resolve("generators", f"{FAST['vit-cgan']},candidates=1").create()
    assert isinstance(generator, ViTCGAN)
    generator.fit(images([9, 9, 9]), task(), RunContext(0))
    labels = torch.tensor([2, 0, 1, 1, 0, 2] * 10)

    def certainty(candidates: int) -> torch.Tensor:
        generator.candidates = candidates
        torch.manual_seed(1)
        with torch.inference_mode():
            return generator.certainty(generator.draw(labels, RunContext(0)), labels)

    # the first candidate is the draw without selection: no label may do worse
    once, best_of_four = certainty(1), certainty(4)
    assert (best_of_four >= once).all()
    assert (best_of_four > once).float().mean() > 0.5


@pytest.mark.parametrize("name", sorted(FAST))
def test_a_second_fit_goes_on_from_the_first(name: str, tmp_path: Path) -> None:
    first = resolve("generators", FAST[name]).create()
    first.fit(images([9, 9, 9]), task(), RunContext(0))
    first.save(tmp_path)
    labels = np.array([0, 1, 2] * 4, np.int64)
    before = first.sample(labels, RunContext(3))

    def go_on(text: str, classes: int = 3) -> np.ndarray:
        later = resolve("generators", text).create()
        later.load(tmp_path)
        later.fit(images([9] * classes), task(classes), RunContext(1))
        return later.sample(labels % classes, RunContext(3))

    still = f"{FAST[name]},lr=0" + (",lr_discriminator=0" if name != "cvae" else "")
    assert (go_on(still) == before).all(), "its weights are where training begins"
    assert (go_on(FAST[name]) != before).any(), "and it moves on from there"
    assert go_on(FAST[name], classes=5).shape == before.shape, "other classes have tables of their own"


@pytest.mark.parametrize("name", sorted(FAST))
def test_training_does_not_go_on_at_another_image_shape(name: str) -> None:
    generator = resolve("generators", FAST[name]).create()
    generator.fit(images([5, 5]), task(2), RunContext(0))
    with pytest.raises(ValueError, match="has learnt images of 8 x 8 px and 1 channel and cannot go on"):
        generator.fit(images([5, 5], (12, 12, 3)), task(2, (12, 12, 3)), RunContext(0))


@pytest.mark.parametrize("name", ["cgan", "vit-cgan"])
def test_two_images_are_enough_to_run(name: str) -> None:
    generator = resolve("generators", FAST[name]).create()
    generator.fit(images([1, 1]), task(2), RunContext(0))
    assert generator.sample(np.array([0, 1], np.int64), RunContext(0)).shape == (2, *SHAPE)
