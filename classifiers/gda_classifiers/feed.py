"""The way in: training images stay uint8, on the device where they fit, and go through it batch by batch."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from gda_bench.api import F32, I64, U8

SHARE = 0.25
"""Of a GPU's free memory that the training images may take."""


class Feed:
    """Rows of an array on the device, gathered for each batch.

    x: images uint8 (N, H, W, C), or anything else whose first axis is the image's; never copied on a CPU, and no more
    than a batch of it read at a time where it is a np.memmap. On a GPU it lives in its memory if it takes no more than
    SHARE of what is free; else batches are gathered on the host, pinned, and sent while the GPU works on the last one.
    """

    def __init__(self, x: U8 | F32, device: str) -> None:
        self.device = torch.device(device)
        self.host = x.view(np.ndarray)
        fits = self.device.type == "cuda" and x.nbytes <= SHARE * torch.cuda.mem_get_info(self.device)[0]
        self.there = torch.from_numpy(self.host).to(self.device) if fits else None

    def __call__(self, index: I64) -> Tensor:
        """The rows at these positions, on the device."""
        if self.there is not None:
            return self.there[sent(index, self.device)]
        return sent(self.host[index], self.device)


def sent(x: U8 | I64 | F32, device: torch.device) -> Tensor:
    """An array on the device. To a GPU it goes from pinned memory, so that nobody waits for it."""
    here = torch.from_numpy(np.ascontiguousarray(x))
    return here if device.type == "cpu" else here.pin_memory().to(device, non_blocking=True)


def channels_first(x: Tensor) -> Tensor:
    """Images (N, H, W, C) seen as (N, C, H, W), which is the memory format that torch calls channels_last."""
    return x.permute(0, 3, 1, 2)


def scaled(x: Tensor) -> Tensor:
    """uint8 to float32 in [-1, 1]."""
    return x.float().div_(127.5).sub_(1).contiguous(memory_format=torch.channels_last)
