"""What is loaded once for all children of a generator: libraries and generators of ours that its code names, itself or
through ours, and nothing else; and not before there is a child, to tell a parameter.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from gda_bench.registry import libraries_of

CODE = """
import json
import numpy as np
from torchtext import data
from gda_generators.ddpm import DDPM
    from gda_generators.unet import UNetDiffusion
import gda_classifiers.cnn
# import timm
"""


def test_what_a_plugin_names_is_loaded_before_it(tmp_path: Path) -> None:
    path = tmp_path / "plugin.py"
    path.write_text(CODE)
    found = libraries_of(f"{path}:Plugin")
    ours = {name.removeprefix("gda_generators.") for name in found if name.startswith("gda_generators.")}
    method = {"ddpm", "ddpm_schedulers", "diffusion", "unet", "unet_network", "condition", "folding", "signals"}
    recipe = {"augment", "balance", "ema", "holdout", "training", "warm_start"}
    assert ours == method | recipe
    libraries = {name for name in found if name.removeprefix("gda_generators.") not in ours}
    assert libraries == {"numpy", "torch", "diffusers"}


def test_a_name_that_is_no_module_of_ours_is_no_file(tmp_path: Path) -> None:
    path = tmp_path / "plugin.py"
    path.write_text("import gda_generators.no_such\nfrom gda_generators.ddpm.deeper import x\n")
    assert libraries_of(f"{path}:Plugin") == ["gda_generators.ddpm.deeper", "gda_generators.no_such"]


@pytest.mark.parametrize("name", ["ddpm", "edm", "flow", "dit", "latent-diffusion", "vit-cgan", "cvae"])
def test_parameters_are_told_without_the_libraries_of_the_networks(name: str) -> None:
    """Which take five seconds or more: a study that is run again waits for no such thing."""
    code = f"""
import sys
from gda_bench.registry import resolve
assert resolve("generators", {name!r}).params
print(sorted({{"diffusers", "monai", "timm", "transformers", "torch._dynamo"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["ddpm", "edm", "flow", "dit", "latent-diffusion"])
def test_a_child_finds_the_libraries_of_its_network_loaded(name: str) -> None:
    """All that building and drawing need: what a child of the process with these modules would load anew."""
    code = f"""
import importlib, sys
from gda_bench.registry import libraries_of, resolve
spec = resolve("generators", {name!r})
for module in libraries_of(spec.target):
    importlib.import_module(module)
loaded = set(sys.modules)
from gda_bench.registry.load import load_target
import torch
generator = load_target(spec.target)(**load_target(spec.target).quick)
generator.shape, generator.n_classes = (64, 64, 1), 2
generator.network = generator.build(generator.shape, 2)
with torch.inference_mode():
    generator.draw(generator.noise(1, "cpu"), torch.zeros(1, dtype=torch.long))
print(sorted({{name for name in set(sys.modules) - loaded if not name.startswith("torch.")}}))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
