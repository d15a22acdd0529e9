"""What stands between the images of a task and a network of a library: another size, depth or scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gda_bench.api.torch_tools import refit


@dataclass(frozen=True, slots=True)
class Scale:
    """mean, std: of each channel of images in [0, 1], by which published weights want them scaled."""

    mean: Sequence[float]
    std: Sequence[float]


class Inlet(nn.Module):
    """float (N, C, H, W) in [-1, 1] to what a network reads. shape: (H, W, C) of that. scale: None for [-1, 1]."""

    mean: Tensor
    std: Tensor

    def __init__(self, shape: tuple[int, int, int], scale: Scale | None = None) -> None:
        super().__init__()
        self.shape = shape
        scale = scale or Scale((0.5,), (0.5,))
        self.register_buffer("mean", 2 * torch.tensor(scale.mean).view(1, -1, 1, 1) - 1, persistent=False)
        self.register_buffer("std", 2 * torch.tensor(scale.std).view(1, -1, 1, 1), persistent=False)
        self.plain = bool((self.mean == 0).all() and (self.std == 1).all())

    def forward(self, x: Tensor) -> Tensor:
        x = refit(x, self.shape)
        return x if self.plain else (x - self.mean) / self.std
