"""What every generator promises, on real images, small enough for a CPU."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_pipeline import tiny_pipeline

from gda_bench.api import Generator, Images, RunContext, TaskInfo, UserError
from gda_bench.registry import BUILTIN, ComponentSpec, bind, resolve
from gda_bench.subsets import nested_order, proportional_labels

NAMES = sorted(BUILTIN["generators"])
SHAPES = {"latent-diffusion": [(64, 64, 1), (67, 70, 3)]}
"""Where a generator refuses the smaller ones: [(8, 8, 1), (28, 28, 3), (13, 10, 1)]."""


def shapes(name: str) -> list[tuple[int, int, int]]:
    return SHAPES.get(name, [(8, 8, 1), (28, 28, 3), (13, 10, 1)])


def spec(name: str) -> ComponentSpec:
    """With the parameters that the generator itself names as quick."""
    if name == "folder":
        return resolve("generators", "folder:path=drawn.npz")
    found = resolve("generators", name)
    return bind("generators", name, found.target, found.facts["quick"])


def task(shape: tuple[int, int, int], classes: int = 3) -> TaskInfo:
    return TaskInfo("toy", "multiclass", shape, tuple(f"class {c}" for c in range(classes)))


def images(shape: tuple[int, int, int], per_class: list[int], seed: int = 0) -> Images:
    rng = np.random.default_rng(seed)
    y = np.repeat(np.arange(len(per_class)), per_class).astype(np.int64)
    x = rng.integers(0, 256, (len(y), *shape)).astype(np.uint8)
    return Images(x, y)


def context(name: str, shape: tuple[int, int, int], seed: int = 1) -> RunContext:
    """What the engine would hand over."""
    generator: Generator = spec(name).create()
    more = images(shape, [20, 20, 20], seed=9)
    np.savez("drawn.npz", x=more.x, y=more.y)
    return RunContext(
        seed,
        held_out=more if generator.needs_held_out else None,
        others=more if generator.other_images() else None,
        weights={asked: Path.cwd() if name == "folder" else tiny_pipeline() for asked in generator.weights()},
    )


@pytest.mark.parametrize(("name", "shape"), [(name, shape) for name in NAMES for shape in shapes(name)])
def test_shapes_labels_and_a_round_trip(name: str, shape: tuple[int, int, int], tmp_path: Path) -> None:
    generator = spec(name).create()
    generator.fit(images(shape, [6, 5, 1]), task(shape), context(name, shape))
    labels = np.array([2, 0, 1, 1, 0, 2, 0], np.int64)
    drawn = generator.sample(labels, context(name, shape, 5))
    assert drawn.dtype == np.uint8
    assert drawn.shape == (7, *shape)
    generator.save(tmp_path)
    loaded = spec(name).create()
    loaded.load(tmp_path)
    assert (loaded.sample(labels, context(name, shape, 5)) == drawn).all(), (
        "a loaded generator draws what the fitted one drew"
    )
    assert not list(tmp_path.rglob("*.pkl")), "no pickles"
    assert not list(tmp_path.rglob("*.bin")), "no pickles under another name"


@pytest.mark.parametrize("name", NAMES)
def test_the_seed_decides(name: str) -> None:
    shape = shapes(name)[0]
    train = images(shape, [9, 9, 9])

    def draw(fit_seed: int, sample_seed: int) -> np.ndarray:
        generator = spec(name).create()
        generator.fit(train, task(shape), context(name, shape, fit_seed))
        return generator.sample(np.tile([0, 1, 2], 5).astype(np.int64), context(name, shape, sample_seed))

    first = draw(1, 2)
    np.random.seed(0)
    assert (draw(1, 2) == first).all()
    assert (draw(1, 3) != first).any()


@pytest.mark.parametrize("name", ["cvae", "edm", "ddpm", "flow", "dit"])
@pytest.mark.parametrize("grid", [0, -1])
def test_a_grid_of_nothing_is_refused(name: str, grid: int) -> None:
    with pytest.raises(UserError, match=f"grid={grid} must be at least 1"):
        resolve("generators", f"{name}:grid={grid}")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cvae", "edm"])
@pytest.mark.parametrize("grid", [16, 8])
def test_a_coarser_grid_draws_the_same_pictures(name: str, grid: int) -> None:
    """Two kinds of picture of 27 x 30 pixels, told apart by which half is bright: any folding puts it where it was."""
    rng, y = np.random.default_rng(0), np.repeat([0, 1], 40)
    x = rng.integers(0, 60, (80, 27, 30, 1), np.uint8)
    x[:40, :13], x[40:, :, 15:] = 200, 200
    some = {
        "cvae": "steps=200,channels=8,latent=4",
        "edm": "steps=250,channels=8,layers=1,lr=0.005,augment=0,sampler_steps=8",
    }
    generator = resolve("generators", f"{name}:batch_size=16,grid={grid},{some[name]}").create()
    generator.fit(Images(x, y), task((27, 30, 1), 2), RunContext(0))
    drawn = generator.sample(np.repeat([0, 1], 20), RunContext(1))
    assert drawn.shape == (40, 27, 30, 1)
    for label in (0, 1):
        off = drawn[20 * label :][:20].mean(0) - x[40 * label :][:40].mean(0)
        assert np.abs(off).mean() < 30


def test_copy_repeats_every_image_equally_often() -> None:
    train = images((8, 8, 1), [4, 2])
    generator = resolve("generators", "copy").create()
    generator.fit(train, task((8, 8, 1), 2), RunContext(0))
    drawn = generator.sample(proportional_labels([4, 2], 12), RunContext(1))
    seen = [sum((d == x).all() for d in drawn) for x in train.x]
    assert seen == [2] * 6


def test_gaussian_has_the_mean_of_its_class() -> None:
    from sklearn.datasets import load_digits

    digits = load_digits()
    x, y = (digits.images * 15.9).astype(np.uint8)[..., None], digits.target.astype(np.int64)
    generator = resolve("generators", "gaussian").create()
    generator.fit(Images(x, y), task((8, 8, 1), 10), RunContext(0))
    drawn = generator.sample(np.zeros(500, np.int64), RunContext(1))
    assert np.abs(drawn.mean(0) - x[y == 0].mean(0)).mean() < 8


@pytest.mark.by_hand
@pytest.mark.parametrize(
    "text", ["edm:steps=400,batch_size=64,lr=0.002,channels=32,layers=1,augment=0,sampler_steps=10", "cvae"]
)
def test_a_learnt_generator_draws_digits_that_are_recognised_and_new(text: str) -> None:
    """What `quick` relies on: samples of n = 200 digits carry their labels, and are not the training images."""
    from sklearn.linear_model import LogisticRegression

    from gda_bench.audit.memorisation import nearest_two
    from gda_bench.task_data import load_task

    data = load_task(resolve("tasks", "digits"), Path())
    train = data.train.take(nested_order(data.train.y, 0)[:200])
    generator = resolve("generators", text).create()
    generator.fit(train, data.info, RunContext(0))
    labels = proportional_labels([20] * 10, 400)
    drawn = generator.sample(labels, RunContext(1))
    judge = LogisticRegression(max_iter=2000).fit(data.train.x.reshape(-1, 64) / 255, data.train.y)
    assert judge.score(drawn.reshape(-1, 64) / 255, labels) > 0.85
    assert (nearest_two(drawn, train.x)[1] < 1 / 3).mean() < 0.05


def test_the_held_back_loss_of_the_cvae_is_the_same_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    from gda_generators import cvae

    def told() -> float:
        ctx = RunContext(1)
        spec("cvae").create().fit(images((8, 8, 1), [30, 30]), task((8, 8, 1), 2), ctx)
        return ctx.notes["held_back_loss"]

    whole = told()
    monkeypatch.setattr(cvae, "HELD_AT_ONCE", 4)
    assert told() == pytest.approx(whole, rel=1e-4)
