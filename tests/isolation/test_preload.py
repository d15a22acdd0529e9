"""What is loaded once for all children of a plugin: libraries and our generators that its code names, nothing else."""

from pathlib import Path

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
    assert found == ["gda_generators.ddpm", "gda_generators.unet", "numpy"]
