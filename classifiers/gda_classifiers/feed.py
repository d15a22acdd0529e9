"""The way in: training images stay uint8, on the device where they fit, and go through it batch by batch."""

from __future__ import annotations

from collections.abc import Sequence, Sized
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gda_bench.api import F32, I64, U8

SHARE = 0.25
"""Of a GPU's free memory that the training images may take."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Of several training sets, one batch each. of_each: positions (N,) in each, on the host. there: the same in all,
    one set after the other (R N,), on the device."""

    of_each: Sequence[I64]
    there: Tensor

    @classmethod
    def of(cls, index: Sequence[I64], starts: I64, device: torch.device) -> Self:
        """starts: (R,), where each set begins."""
        return cls(index, sent(joined([own + start for own, start in zip(index, starts, strict=True)]), device))


class Feed:
    """Rows of arrays on the device, gathered for each batch.

    sets: images uint8 (N, H, W, C), or anything else whose first axis is the image's; never copied on a CPU, and no
    more than a batch of one read at a time where it is a np.memmap. On a GPU they live in its memory if they take no
    more than SHARE of what is free; else batches are gathered on the host, pinned, and sent while the GPU works on the
    last one.
    """

    def __init__(self, sets: Sequence[U8] | Sequence[F32], device: str) -> None:
        self.device = torch.device(device)
        self.hosts = [x.view(np.ndarray) for x in sets]
        self.there = self._moved_in() if self._fits() else None

    def __call__(self, rows: Rows) -> Tensor:
        """Of each, one after the other, on the device."""
        if self.there is not None:
            return self.there[rows.there]
        return sent(joined([x[own] for x, own in zip(self.hosts, rows.of_each, strict=True)]), self.device)

    def _fits(self) -> bool:
        if self.device.type != "cuda":
            return False
        return sum(x.nbytes for x in self.hosts) <= SHARE * torch.cuda.mem_get_info(self.device)[0]

    def _moved_in(self) -> Tensor:
        first, rows = torch.from_numpy(self.hosts[0]), sum(map(len, self.hosts))
        there = torch.empty((rows, *first.shape[1:]), dtype=first.dtype, device=self.device)
        for x, place in zip(self.hosts, there.split([len(x) for x in self.hosts]), strict=True):
            place.copy_(torch.from_numpy(x))
        return there


def starts_of(sets: Sequence[Sized]) -> I64:
    """Where each begins, one after the other."""
    return np.cumsum([0, *map(len, sets[:-1])], dtype=np.int64)


def joined(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """As one array; one alone is not copied."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def sent(x: NDArray[Any] | Tensor, device: torch.device) -> Tensor:
    """On the device. To a GPU it goes from pinned memory, so that nobody waits for it."""
    here = x if isinstance(x, Tensor) else torch.from_numpy(np.ascontiguousarray(x))
    return here if device.type == "cpu" else here.pin_memory().to(device, non_blocking=True)


def channels_first(x: Tensor) -> Tensor:
    """Images (N, H, W, C) seen as (N, C, H, W), which is the memory format that torch calls channels_last."""
    return x.permute(0, 3, 1, 2)


def scaled(x: Tensor) -> Tensor:
    """uint8 to float32 in [-1, 1]."""
    return x.float().div_(127.5).sub_(1).contiguous(memory_format=torch.channels_last)
