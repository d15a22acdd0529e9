"""A Stable Diffusion pipeline of some thousand random weights, in the files of a real one: 8-pixel images."""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path

CHARACTERS = [chr(c) for c in range(33, 127)]


@cache
def tiny_pipeline() -> Path:
    """Its folder, made once a process."""
    folder = Path(tempfile.mkdtemp(prefix="tiny-pipeline-"))
    make_pipeline(folder)
    return folder


def make_pipeline(folder: Path) -> None:
    """Write the pipeline; every file's bytes are the same each time."""
    import torch
    from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    with torch.random.fork_rng():
        torch.manual_seed(0)
        tokenizer = _tokenizer(folder / "tokenizer")
        ends = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id}
        text = CLIPTextConfig(
            vocab_size=len(tokenizer), hidden_size=16, intermediate_size=16, num_hidden_layers=1,
            num_attention_heads=2, pad_token_id=tokenizer.eos_token_id, **ends,
        )  # fmt: skip
        vae = AutoencoderKL(
            block_out_channels=[8, 8], norm_num_groups=4, latent_channels=4,
            down_block_types=["DownEncoderBlock2D"] * 2, up_block_types=["UpDecoderBlock2D"] * 2,
        )  # fmt: skip
        unet = UNet2DConditionModel(
            sample_size=4, block_out_channels=(8, 16), layers_per_block=1, norm_num_groups=4, attention_head_dim=4,
            cross_attention_dim=16, down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        )  # fmt: skip
        scheduler = DDIMScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1, clip_sample=False,
            set_alpha_to_one=False,
        )  # fmt: skip
        StableDiffusionPipeline(
            vae=vae, text_encoder=CLIPTextModel(text), tokenizer=tokenizer, unet=unet, scheduler=scheduler,
            safety_checker=None, feature_extractor=None, requires_safety_checker=False,
        ).save_pretrained(folder)  # fmt: skip
    # as the published models have it: a vocabulary and merges, and no tokenizer.json
    (folder / "tokenizer" / "tokenizer.json").unlink()
    _tokenizer(folder / "tokenizer")


def _tokenizer(folder: Path):  # type: ignore[no-untyped-def]
    """Words of single characters: a vocabulary and no merges, by hand."""
    from transformers import CLIPTokenizer

    folder.mkdir(parents=True, exist_ok=True)
    words = [*CHARACTERS, *(f"{c}</w>" for c in CHARACTERS), "<|startoftext|>", "<|endoftext|>"]
    vocabulary = {word: i for i, word in enumerate(words)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    return CLIPTokenizer.from_pretrained(folder, model_max_length=77)
