"""The few lines that every torch component shares: seeds, precision and the way in and out of uint8."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import numpy as np
import torch
from torch.nn import functional as F

from gda_bench.api.data import U8

LUMA = (0.299, 0.587, 0.114)
"""Of red, green and blue, ITU-R BT.601."""


@contextmanager
def seeded(seed: int, device: str) -> Iterator[None]:
    """Within, torch's global generators start from `seed`; afterwards they are as they were."""
    with torch.random.fork_rng(devices=[device] if device.startswith("cuda") else []):
        torch.manual_seed(seed)
        yield


def autocast(device: str) -> AbstractContextManager[object]:
    """bfloat16 autocast where the hardware has it, plain float32 elsewhere (emulation is slower than float32)."""
    kind = torch.device(device).type
    if kind == "cuda" or (kind == "cpu" and torch.cpu._is_avx512_bf16_supported()):
        return torch.autocast(kind, dtype=torch.bfloat16)
    return nullcontext()


def to_unit(x: U8, device: str) -> torch.Tensor:
    """uint8 (N, H, W, C) to float32 (N, C, H, W) in [-1, 1] on the device."""
    return unit(on_device(x, device))


def on_device(x: U8, device: str) -> torch.Tensor:
    """uint8 (N, H, W, C) to uint8 (N, C, H, W) on the device, a quarter of what floats take: see `unit`."""
    return torch.from_numpy(np.ascontiguousarray(x)).to(device).permute(0, 3, 1, 2).contiguous()


def unit(x: torch.Tensor) -> torch.Tensor:
    """uint8 to float32 in [-1, 1]; what is float already stays as it is."""
    return x.float().div_(127.5).sub_(1) if x.dtype == torch.uint8 else x


def refit(x: torch.Tensor, shape: tuple[int, int, int]) -> torch.Tensor:
    """float (N, C, H, W) resized, without aliases, to the `shape` (H, W, C); colour to luminance, or grey to colour."""
    height, width, depth = shape
    if x.shape[2:] != (height, width):
        x = F.interpolate(x, (height, width), mode="bilinear", antialias=True)
    if depth == x.shape[1]:
        return x
    if depth == 1:
        luma = torch.tensor(LUMA, device=x.device, dtype=x.dtype)
        return (x * luma.view(1, 3, 1, 1)).sum(1, keepdim=True)
    return x.expand(-1, depth, -1, -1)


def to_uint8(x: torch.Tensor) -> U8:
    """float (N, C, H, W) in [-1, 1], clipped, to uint8 (N, H, W, C)."""
    x = x.detach().float().add(1).mul(127.5).round().clamp(0, 255)
    return x.permute(0, 2, 3, 1).to(torch.uint8).cpu().contiguous().numpy()
