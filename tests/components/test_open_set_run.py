"""Open-set generators through the public door: trained, sampled, scored and told in a report."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tiny_pipeline import tiny_pipeline

from gda_bench.__main__ import main

FAST = "sampler_steps=2,sample_batch=64"
SMALL = {"n_real": 40, "mix_ratios": [1], "synthetic_ratios": [1], "headline_ratio": 1}


@pytest.mark.slow
@pytest.mark.parametrize("text", ["sd-lora:steps=2,rank=2", "sd-img2img:strength=0.5"])
def test_a_text_to_image_generator_runs_whole(fast_run: Callable[..., Any], text: str) -> None:
    (report,) = fast_run(generator=f"{text},model={tiny_pipeline()},{FAST}", seeds=1, set=SMALL)
    assert {c.status for c in report.cells} == {"ok"}
    assert {c.arm for c in report.cells} == {"real", "mix", "synthetic", "copy", "oracle"}
    assert report.generator.track == "open"
    (model,) = report.generator.weights
    assert (model.name, model.source, len(model.digest)) == ("model", tiny_pipeline().name, 64)


def test_a_pretrained_generator_runs_whole(fast_run: Callable[..., Any]) -> None:
    (report,) = fast_run(generator="pretrained:base=cvae,params={steps: 4, channels: 8}", seeds=1, set=SMALL)
    assert {c.status for c in report.cells} == {"ok"}
    assert report.generator.other_images.source == "rest"
    assert "params={steps: 4, channels: 8}" in report.reproduce or "channels: 8" in report.reproduce


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("kind", ["pictures", "npz"])
def test_samples_drawn_elsewhere_run_whole(
    fast_run: Callable[..., Any], tmp_path: Path, kind: str, closed: bool
) -> None:
    rng, y = np.random.default_rng(0), np.repeat(np.arange(10), 12)
    x = rng.integers(0, 256, (len(y), 8, 8, 1), np.uint8)
    path = tmp_path / "drawn"
    if kind == "npz":
        path = tmp_path / "drawn.npz"
        np.savez(path, x=x, y=y)
    for i, (image, label) in enumerate(zip(x, y, strict=True) if kind == "pictures" else ()):
        (path / str(label)).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[..., 0]).save(path / str(label) / f"{i}.png")
    (report,) = fast_run(generator=f"folder:path={path},closed={str(closed).lower()}", seeds=1, set=SMALL)
    assert {c.status for c in report.cells} == {"ok"}
    assert report.generator.track == ("closed" if closed else "open")
    # in whose folder they lie is nobody's business
    assert f"--generator folder:path={path.name}" in report.reproduce
    assert str(tmp_path) not in report.model_dump_json()


def test_a_hub_name_offline_ends_with_code_2_and_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    arguments = ["run", "--task", "digits", "--generator", "sd-lora:model=owner/name,revision=v1", "--profile", "quick"]
    monkeypatch.setattr(sys, "argv", ["gda-bench", *arguments])
    with pytest.raises(SystemExit) as exit_:
        main()
    assert exit_.value.code == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "the weights owner/name are not here and cannot be fetched" in line
    assert str(tmp_path / "data" / "weights" / "owner--name" / "v1") in line
    assert "unet/diffusion_pytorch_model.safetensors" in line


def test_listing_loads_no_model_library() -> None:
    import subprocess

    code = (
        "import sys; sys.argv = ['gda-bench', 'list', 'generators']\n"
        "from gda_bench.__main__ import main\n"
        "try:\n    main()\n"
        "except SystemExit:\n    pass\n"
        "print(sorted({'torch', 'peft', 'transformers', 'diffusers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "sd-lora" in done.stdout
    assert done.stdout.strip().endswith("[]")
