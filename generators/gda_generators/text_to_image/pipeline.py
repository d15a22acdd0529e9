"""A Stable Diffusion pipeline (Rombach et al. 2022; versions 1 and 2) from a local folder, and images in and out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gda_bench.api import U8
from gda_bench.api.torch_tools import refit, to_uint8, to_unit

FILES = (
    "model_index.json",
    "scheduler/*.json",
    "tokenizer/*.json",
    "tokenizer/*.txt",
    "text_encoder/config.json",
    "text_encoder/model.safetensors",
    "unet/config.json",
    "unet/diffusion_pytorch_model.safetensors",
    "vae/config.json",
    "vae/diffusion_pytorch_model.safetensors",
)
"""What is read of a model: one variant of each part, no safety checker, no pickle."""
KIND = "StableDiffusionPipeline"

Shape = tuple[int, int, int]


def load_pipeline(folder: Path, device: str) -> Any:
    """The frozen pipeline in float32; nothing is fetched, and no pickle is opened."""
    from diffusers import StableDiffusionPipeline
    from diffusers.utils import logging
    from transformers.utils import logging as text_logging

    kind = json.loads((folder / "model_index.json").read_text(encoding="utf-8")).get("_class_name")
    if kind != KIND:
        raise ValueError(f"the model is a {kind}, and only a {KIND} can be used: versions 1 and 2 of Stable Diffusion")
    for library in (logging, text_logging):  # the engine shows progress
        library.disable_progress_bar()
    pipe = StableDiffusionPipeline.from_pretrained(
        folder,
        local_files_only=True,
        use_safetensors=True,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).to(device)
    pipe.set_progress_bar_config(disable=True)
    for part in (pipe.unet, pipe.vae, pipe.text_encoder):
        part.requires_grad_(False).eval()
    return pipe


def native_shape(pipe: Any) -> Shape:
    """(H, W, 3) of the images that the pipeline was made for."""
    size = pipe.unet.config.sample_size
    height, width = (size, size) if isinstance(size, int) else size
    return height * pipe.vae_scale_factor, width * pipe.vae_scale_factor, 3


def to_native(pipe: Any, x: U8) -> Tensor:
    """uint8 (N, H, W, C) to float32 (N, 3, H', W') in [-1, 1], of the pipeline's size, on its device."""
    return refit(to_unit(x, str(pipe.device)), native_shape(pipe))


def from_native(images: Tensor, shape: Shape) -> U8:
    """What the pipeline drew, (N, 3, H', W') in [0, 1], to uint8 (N, H, W, C) of the task's shape."""
    return to_uint8(refit(2 * images.float() - 1, shape))


@torch.no_grad()
def encode(pipe: Any, x: U8, batch: int) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of the latents of images (N, H, W, C), each (N, c, h, w), scaled as the U-Net's."""
    parts = [pipe.vae.encode(to_native(pipe, x[i : i + batch])).latent_dist for i in range(0, len(x), batch)]
    scale = pipe.vae.config.scaling_factor
    return scale * torch.cat([p.mean for p in parts]), scale * torch.cat([p.std for p in parts])


def generators(seeds: np.ndarray[Any, np.dtype[np.int64]]) -> list[torch.Generator]:
    """A source of noise for each image: what is drawn depends on no other image of its batch, and on no device."""
    return [torch.Generator().manual_seed(int(seed)) for seed in seeds]
