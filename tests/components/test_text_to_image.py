"""`sd-lora` and `sd-img2img` on a pipeline of random weights: the code that real weights run through."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_pipeline import tiny_pipeline

from gda_bench.api import Generator, Images, RunContext, TaskInfo
from gda_bench.api.torch_tools import seeded
from gda_bench.registry import resolve

TASK = TaskInfo("toy", "multiclass", (12, 10, 1), ("left_bright", "right bright"))
LABELS = np.tile([0, 1], 6).astype(np.int64)


def images(per_class: int = 4) -> Images:
    x = np.zeros((2 * per_class, 12, 10, 1), np.uint8)
    x[:per_class, :, :5] = x[per_class:, :, 5:] = 220
    return Images(x, np.repeat([0, 1], per_class).astype(np.int64))


def context(seed: int = 0, **weights: Path) -> RunContext:
    return RunContext(seed, weights={"model": tiny_pipeline(), **weights})


def make(text: str) -> Generator:
    generator: Generator = resolve("generators", text).create()
    return generator


def learnt(text: str, **weights: Path) -> tuple[Any, RunContext]:
    generator, ctx = make(text), context(**weights)
    generator.fit(images(), TASK, ctx)
    return generator, ctx


def test_the_loss_falls_and_only_the_adapters_learn() -> None:
    from gda_generators.text_to_image.pipeline import encode, load_pipeline
    from gda_generators.text_to_image.training import Denoising, token_ids

    generator, ctx = learnt("sd-lora:steps=30,lr=0.05,rank=4,sampler_steps=2")
    fresh = load_pipeline(tiny_pipeline(), "cpu")
    y = torch.from_numpy(images().y)

    def loss(pipe: Any) -> float:
        mean, std = encode(pipe, images().x, 8)
        problem = Denoising(pipe, mean, std, y, token_ids(pipe, generator.classes, generator.prompts))
        with seeded(1, "cpu"), torch.inference_mode():
            return float(problem.batch_loss(lambda size: torch.randint(len(y), (size,)), 128))

    assert loss(generator.pipeline(ctx)) < 0.95 * loss(fresh)
    assert ctx.notes["loss_last"] < ctx.notes["loss_first"]
    assert ctx.notes["adapter_steps"] == 30
    kept = dict(generator.pipeline(ctx).unet.named_parameters())
    before = {name: p for name, p in fresh.unet.named_parameters() if name in kept}
    assert len(before) > 20
    assert all(torch.equal(p, kept[name]) for name, p in before.items()), "the base weights stay as they were"


@pytest.mark.parametrize(
    "text",
    [
        "sd-lora:steps=4,rank=2,sampler_steps=2",
        "sd-lora:steps=4,rank=2,sampler_steps=2,adapter=class,text_encoder=false,guidance=[1, 2, 4]",
        "sd-lora:steps=0,style_steps=4,rank=2,sampler_steps=2",
        "sd-img2img:sampler_steps=4,strength=0.5,guidance=[1, 3]",
    ],
)
def test_what_is_saved_draws_the_same_images_and_holds_no_base_weights(text: str, tmp_path: Path) -> None:
    generator, _ = learnt(text)
    drawn = generator.sample(LABELS, context(5))
    assert drawn.shape == (12, 12, 10, 1)
    assert len(np.unique(drawn.reshape(12, -1), axis=0)) == 12
    generator.save(tmp_path)
    assert all(p.suffix in (".safetensors", ".json") for p in tmp_path.iterdir())
    again = make(text)
    again.load(tmp_path)
    assert (again.sample(LABELS, context(5)) == drawn).all()
    assert (again.sample(LABELS, context(6)) != drawn).any()
    assert not any("conv_in" in key or "base_layer" in key for key in getattr(generator, "state", {}))


def test_an_image_does_not_depend_on_how_many_are_drawn_beside_it() -> None:
    drawn = [
        learnt(f"sd-lora:steps=0,rank=2,sampler_steps=2,sample_batch={size}")[0].sample(LABELS, context(5))
        for size in (1, 5)
    ]
    assert np.abs(drawn[0].astype(int) - drawn[1]).max() <= 1


def test_a_class_has_its_own_adapter() -> None:
    generator, ctx = learnt("sd-lora:steps=4,rank=2,adapter=class,sampler_steps=2")
    assert ctx.notes["adapter_steps"] == 4
    assert {key.rsplit(".", 2)[1] for key in generator.state} == {"class0", "class1"}
    first = {k.replace("class0", ""): v for k, v in generator.state.items() if "class0" in k}
    second = {k.replace("class1", ""): v for k, v in generator.state.items() if "class1" in k}
    assert first.keys() == second.keys()
    assert any(not torch.equal(first[key], second[key]) for key in first)


def test_guidance_scales_and_prompts_are_mixed_evenly_in_every_class(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    templates = tmp_path / "templates.txt"
    templates.write_text("# ours\na {label}\n\nthe {label}\n")
    generator, ctx = learnt(
        f"sd-lora:steps=0,rank=2,sampler_steps=1,guidance=[1, 2, 4],templates={templates}", templates=templates
    )
    calls: list[tuple[float, str]] = []
    pipe = generator.pipeline(ctx)
    call = type(pipe).__call__

    def spy(self: Any, prompt: list[str], **options: Any) -> Any:
        calls.extend((options["guidance_scale"], text) for text in prompt)
        return call(self, prompt, **options)

    monkeypatch.setattr(type(pipe), "__call__", spy)
    generator.sample(LABELS, context(5, templates=templates))
    names = ("left bright", "right bright")  # as words, not as identifiers
    assert sorted(calls) == sorted((g, f"{a} {name}") for g in (1.0, 2.0, 4.0) for a in ("a", "the") for name in names)


def test_the_style_word_is_learnt_and_ends_every_prompt() -> None:
    generator, ctx = learnt("sd-lora:steps=0,style_steps=20,style_lr=0.1,rank=2,sampler_steps=2")
    assert all(text.endswith("in the style of <gda-style>") for text in generator.prompts)
    assert ctx.notes["style_loss_last"] < ctx.notes["style_loss_first"]
    plain, _ = learnt("sd-lora:steps=0,style_steps=1,style_lr=0,rank=2,sampler_steps=2")
    assert not torch.equal(generator.state["style"], plain.state["style"])
    assert (generator.sample(LABELS, context(5)) != plain.sample(LABELS, context(5))).any()


def test_real_guidance_starts_from_images_of_the_label() -> None:
    from gda_generators.text_to_image.plan import ranks

    generator, _ = learnt("sd-img2img:sampler_steps=2,strength=0.5")
    start = generator.extra(LABELS, ranks(LABELS), np.random.default_rng(0))["start"]
    assert (generator.train.y[start] == LABELS).all()


def test_real_guidance_keeps_more_of_the_image_at_less_strength() -> None:
    """The tiny decoder draws no image, so distance is between what strengths start from the same noise."""
    real, _ = learnt("sd-img2img:sampler_steps=10,strength=0.1")
    from gda_generators.text_to_image.pipeline import encode, from_native

    pipe = real.pipeline(context())
    mean, _ = encode(pipe, images().x, 8)
    with torch.inference_mode():
        decoded = pipe.vae.decode(mean / pipe.vae.config.scaling_factor).sample
    seen = from_native(decoded / 2 + 0.5, TASK.shape).astype(float)
    near = real.sample(LABELS, context(5)).astype(float)
    far = learnt("sd-img2img:sampler_steps=10,strength=1.0")[0].sample(LABELS, context(5)).astype(float)
    closest = [np.abs(drawn[:, None] - seen[None]).mean((2, 3, 4)).min(1).mean() for drawn in (near, far)]
    assert closest[0] < closest[1]


def test_strength_follows_the_images_of_a_class() -> None:
    generator, ctx = learnt("sd-img2img:sampler_steps=10")
    assert ctx.notes["strength_class0"] == pytest.approx(0.35)
    generator.fit(images(64), TASK, ctx)
    assert ctx.notes["strength_class0"] == pytest.approx(0.15)


def test_every_real_image_is_started_from_equally_often_and_at_every_guidance() -> None:
    from gda_generators.text_to_image.plan import cycle, cycle_beside

    rank = np.arange(24)
    pairs = set(zip(cycle_beside(rank, 4, 2).tolist(), cycle(rank, 2).tolist(), strict=True))
    assert len(pairs) == 8
    assert np.bincount(cycle_beside(rank, 4, 2)).tolist() == [6] * 4


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("sd-lora:guidance=0.5", "guidance=0.5: each scale must be at least 1"),
        ("sd-lora:guidance=[]", "each scale must be at least 1"),
        ("sd-lora:rank=0", "rank and batch_size must be at least 1"),
        ("sd-lora:adapter=both", "'dataset' or 'class'"),
        ("sd-img2img:strength=0.01", "leave one of 50 sampler_steps"),
    ],
)
def test_values_that_make_no_sense_are_refused_with_one_line(text: str, error: str) -> None:
    from gda_bench.api import UserError

    with pytest.raises(UserError) as raised:
        resolve("generators", text)
    assert error in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_template_without_the_label_is_named_before_any_work(tmp_path: Path) -> None:
    templates = tmp_path / "templates.txt"
    templates.write_text("a {label}\na photo\n")
    assert "line 2: no {label} in 'a photo'" in str(make(f"sd-lora:templates={templates}").supports(TASK))
    assert "cannot be read" in str(make("sd-lora:templates=nowhere.txt").supports(TASK))


def test_without_the_extra_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from gda_bench.api import UserError
    from gda_generators.text_to_image import extra

    monkeypatch.setattr(extra, "find_spec", lambda name: None if name == "peft" else object())
    with pytest.raises(UserError, match=r"need peft: pip install 'gda-bench\[open-set\]'"):
        extra.require_open_set()


def test_a_pipeline_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text('{"_class_name": "FluxPipeline"}')
    with pytest.raises(ValueError, match="the model is a FluxPipeline, and only a StableDiffusionPipeline can be used"):
        learnt("sd-img2img")[0].pipeline(RunContext(0, weights={"model": tmp_path}))
