from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchvision.transforms import v2

from gda_bench.api import Batches, Draw, Images, Phase, RunContext, TaskInfo, UserError
from gda_bench.registry import resolve
from gda_classifiers.augment import Target, augmentation
from gda_classifiers.augment.standard import Standard
from gda_classifiers.calibration import fit_temperature, hold_back
from gda_classifiers.loss import balanced, cross_entropy

AUGMENTATIONS = ["none", "standard", "randaugment", "mixup"]


def images(n: int = 24, shape: tuple[int, int, int] = (12, 12, 3)) -> Images:
    x = np.random.default_rng(0).integers(0, 256, (n, *shape)).astype(np.uint8)
    return Images(x, np.arange(n, dtype=np.int64) % 2)


def proba(text: str, train: Images, seed: int = 0, phases: list[Phase] | None = None) -> np.ndarray:
    info = TaskInfo("toy", "binary", train.x.shape[1:], ("a", "b"))
    classifier = resolve("classifiers", text).create()
    phases = phases or [Phase(6, [Draw(np.arange(len(train)))])]
    classifier.fit(Batches(train, phases, 12, seed=1), info, RunContext(seed))
    return classifier.predict_proba(train.x)


@pytest.mark.parametrize("augment", AUGMENTATIONS)
def test_one_seed_gives_one_result_and_each_augmentation_its_own(augment: str) -> None:
    text = f"cnn:width=4,augment={augment},shift=2" if augment != "none" else "cnn:width=4,augment=none"
    first = proba(text, images())
    assert (first == proba(text, images())).all()
    assert not (first == proba(text, images(), seed=1)).all()
    other = "cnn:width=4,shift=2" if augment != "standard" else "cnn:width=4,augment=none"
    assert not (first == proba(other, images())).all()


def test_shifts_keep_every_image_whole_up_to_its_border() -> None:
    x = torch.zeros(50, 1, 9, 9, dtype=torch.uint8)
    x[:, :, 4, 4] = 1
    augment = Standard(2, flip=False)
    torch.manual_seed(0)
    moved = augment.pixels(x, augment.draw(50))
    assert moved.sum((1, 2, 3)).eq(1).all()
    rows, columns = moved.amax((1, 3)).argmax(1), moved.amax((1, 2)).argmax(1)
    assert set(rows.tolist()) == set(columns.tolist()) == {2, 3, 4, 5, 6}


@pytest.mark.parametrize("depth", [1, 3])
def test_each_image_has_a_randaugment_policy_of_its_own(depth: int) -> None:
    pattern = torch.from_numpy(np.random.default_rng(0).integers(40, 200, (depth, 16, 16)).astype(np.uint8))
    augment = augmentation("randaugment", 16, 0, False)
    torch.manual_seed(0)
    out = augment.pixels(pattern.expand(200, -1, -1, -1), augment.draw(200))
    assert out.dtype == torch.uint8
    assert out.shape == (200, depth, 16, 16)
    seen = {image.numpy().tobytes() for image in out}
    assert len(seen) > 60
    # and every single one is what torchvision's own transform makes of the image under some policy
    theirs = set()
    for _ in range(3000):
        theirs.add(v2.RandAugment()(pattern).numpy().tobytes())
    assert len(seen & theirs) > 0.9 * len(seen)


def test_mixup_keeps_the_weights_of_the_protocol() -> None:
    torch.manual_seed(0)
    x, y, weight = torch.randn(40, 1, 4, 4), torch.arange(40) % 3, torch.rand(40)
    augment = augmentation("mixup", 4, 0, False)
    mixed, targets = augment.mix(x, Target(y, weight), augment.draw(40))
    assert len(targets) == 2
    assert float(sum(t.weight.sum() for t in targets)) == pytest.approx(float(weight.sum()), rel=1e-5)
    share = float((targets[0].weight / weight).mean())
    partner = (mixed - share * x) / (1 - share)
    nearest = torch.cdist(partner.flatten(1), x.flatten(1)).argmin(1)
    assert (y[nearest] == targets[1].y).all()
    assert torch.allclose((1 - share) * weight[nearest], targets[1].weight, atol=1e-6)


def test_two_targets_are_the_cross_entropy_of_soft_labels() -> None:
    torch.manual_seed(0)
    logits, a, b = torch.randn(8, 3), torch.arange(8) % 3, torch.arange(1, 9) % 3
    soft = 0.3 * torch.nn.functional.one_hot(a, 3) + 0.7 * torch.nn.functional.one_hot(b, 3)
    targets = [Target(a, torch.full((8,), 0.3)), Target(b, torch.full((8,), 0.7))]
    assert torch.allclose(
        cross_entropy(logits, targets, 0.1), torch.nn.functional.cross_entropy(logits, soft, label_smoothing=0.1)
    )


def test_no_augmentation_refuses_what_it_would_not_do() -> None:
    with pytest.raises(UserError, match="augment=none neither shifts nor flips"):
        resolve("classifiers", "cnn:augment=none,flip=true")
    with pytest.raises(UserError, match="augment=standrad"):
        resolve("classifiers", "cnn:augment=standrad")


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60))
def test_balanced_weights_are_those_of_scikit_learn(labels: list[int]) -> None:
    from sklearn.utils.class_weight import compute_class_weight

    y = np.array(labels, np.int64)
    ours, there = balanced(y), np.unique(y)
    assert ours[there] == pytest.approx(compute_class_weight("balanced", classes=there, y=y))
    assert ours[y].mean() == pytest.approx(1)


def test_balanced_classes_count_the_same_where_images_say_nothing() -> None:
    same = Images(np.full((20, 8, 8, 1), 128, np.uint8), np.array([0] * 16 + [1] * 4, np.int64))
    phases = [Phase(150, [Draw(np.arange(20))])]
    assert proba("cnn:width=4,lr=0.1", same, phases=phases)[0, 0] > 0.65
    assert proba("cnn:width=4,lr=0.1,class_weight=balanced", same, phases=phases)[0, 0] == pytest.approx(0.5, abs=0.12)


def test_calibration_moves_no_decision_and_is_of_images_never_trained_on() -> None:
    train = images(40)
    plain, calibrated = proba("cnn:width=4", train), proba("cnn:width=4,calibrate=true", train)
    assert not (plain == calibrated).all()
    assert (plain.argmax(1) == calibrated.argmax(1)).all()
    odds, cooled = np.log(plain[:, 0] / plain[:, 1]), np.log(calibrated[:, 0] / calibrated[:, 1])
    assert np.ptp(odds / cooled) == pytest.approx(0, abs=0.05), "one temperature for all"


def test_equal_images_are_held_back_together() -> None:
    train = images(30)
    doubled = Images(np.concatenate([train.x] * 2), np.concatenate([train.y] * 2))
    real, synthetic = np.arange(30), np.arange(30, 60)
    batches = Batches(doubled, [Phase(5, [Draw(real, 0.5), Draw(synthetic, 0.5)])], 8, seed=0)
    held = hold_back(batches, seed=0)
    assert held is not None
    assert len(held.images) == 6
    assert len(held.batches) == len(batches)
    back = {image.tobytes() for image in held.images.x}
    used = {doubled.x[i].tobytes() for batch in held.batches for i in batch.index}
    assert not back & used


def test_the_temperature_undoes_what_made_logits_too_sure() -> None:
    rng = torch.Generator().manual_seed(0)
    logits = torch.randn(4000, 3, generator=rng)
    y = torch.multinomial(logits.softmax(1), 1, generator=rng)[:, 0]
    found, nll = fit_temperature(4 * logits, y)
    assert found == pytest.approx(4, rel=0.15)
    assert nll(found) < nll(1)
