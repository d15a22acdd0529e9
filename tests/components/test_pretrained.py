"""`pretrained`: a generator trained on other images first and then on the n."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gda_bench.api import Images, RunContext, TaskInfo, UserError
from gda_bench.registry import resolve

TASK = TaskInfo("toy", "multiclass", (8, 8, 1), ("a", "b"))
CVAE = "base=cvae,params={steps: 40, batch_size: 16, channels: 8, latent: 4, check_every: 10}"
GOES_ON = ["cvae", "edm"]
PARAMS: dict[str, dict[str, Any]] = {
    "cvae": {"steps": 40, "batch_size": 16, "channels": 8, "latent": 4, "check_every": 10},
    "edm": {"steps": 20, "batch_size": 16, "channels": 8, "layers": 1, "check_every": 10, "sampler_steps": 3},
}


def stripes(n: int, classes: int, seed: int) -> Images:
    """Class c has a bright column c, in noise."""
    rng = np.random.default_rng(seed)
    y = np.arange(n, dtype=np.int64) % classes
    x = rng.integers(0, 60, (n, 8, 8, 1)).astype(np.uint8)
    x[np.arange(n), :, y + 2] += 190
    return Images(x, y)


def test_it_learns_from_both_in_turn_and_round_trips(tmp_path: Path) -> None:
    seen: list[float] = []
    ctx = RunContext(0, others=stripes(60, 4, 1), progress=seen.append)
    generator = resolve("generators", f"pretrained:{CVAE},images=fashion-mnist").create()
    generator.fit(stripes(20, 2, 2), TASK, ctx)
    assert ctx.notes["pretraining_images"] == 60
    assert {"held_back_loss", "pretraining_held_back_loss"} <= ctx.notes.keys()
    assert seen == sorted(seen)
    labels = np.array([0, 1, 1, 0], np.int64)
    drawn = generator.sample(labels, RunContext(3))
    generator.save(tmp_path)
    loaded = resolve("generators", f"pretrained:{CVAE},images=fashion-mnist").create()
    loaded.load(tmp_path)
    assert (loaded.sample(labels, RunContext(3)) == drawn).all()


@pytest.mark.parametrize("base", GOES_ON)
def test_the_second_fit_goes_on_from_the_first(base: str) -> None:
    """A few steps on the n after many on images like them: closer than the few steps alone, at the same budget."""
    generator = resolve("generators", f"pretrained:base={base},images=other").create()
    generator.base = type(generator.base)(**PARAMS[base])
    pretrained, alone = RunContext(0, others=stripes(200, 4, 1)), RunContext(0)
    generator.fit(stripes(20, 2, 2), TASK, pretrained)
    type(generator.base)(**PARAMS[base]).fit(stripes(20, 2, 2), TASK, alone)
    assert pretrained.notes["held_back_loss"] < alone.notes["held_back_loss"]


def test_its_bases_are_those_of_the_catalog() -> None:
    from gda_bench.registry import BUILTIN
    from gda_generators.pretrained import BASES

    known = {name: entry.target.removeprefix("gda_generators.") for name, entry in BUILTIN["generators"].items()}
    assert {name: known[name] for name in BASES} == dict(BASES)


def test_what_it_asks_for_and_what_it_refuses() -> None:
    assert resolve("generators", "pretrained").create().other_images() == "rest"
    spec = resolve("generators", "pretrained:base=edm,images=medmnist/bloodmnist,params={steps: 400, channels: 16}")
    assert spec.params["params"] == {"steps": 400, "channels": 16}
    assert spec.create().other_images() == "medmnist/bloodmnist"
    for text in ("pretrained:params={stepz: 4}", "pretrained:base=gaussian"):
        with pytest.raises(UserError) as raised:
            resolve("generators", text)
        assert "\n" not in str(raised.value)
    with pytest.raises(ValueError, match="needs the images of rest, and was given none"):
        resolve("generators", "pretrained").create().fit(stripes(8, 2, 0), TASK, RunContext(0))
