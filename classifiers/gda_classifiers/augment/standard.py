"""Random shifts, and mirror images where a mirror image means the same."""

from __future__ import annotations

import torch
from torch import Tensor

from gda_classifiers.augment.plain import Plain


class Standard(Plain):
    """shift: each image moves by up to so many pixels either way, its edge repeated. flip: half of them are mirrored
    left and right."""

    def __init__(self, shift: int, flip: bool) -> None:
        self.shift, self.flip = shift, flip

    def pixels(self, x: Tensor) -> Tensor:
        if self.shift:
            x = shifted(x, self.shift)
        if self.flip:
            x = torch.where(torch.rand(len(x), 1, 1, 1, device=x.device) < 0.5, x.flip(3), x)
        return x


def shifted(x: Tensor, most: int) -> Tensor:
    """Each image (N, C, H, W) moved by its own whole pixels, by one look-up for all: 2 to 5 times as fast as padding
    and cropping."""
    n, depth, height, width = x.shape
    row = _moved(n, height, most, x.device)
    column = _moved(n, width, most, x.device)
    image = torch.arange(n, device=x.device)[:, None]
    place = ((image * height + row) * width)[:, :, None] + column[:, None, :]
    flat = x.permute(0, 2, 3, 1).reshape(n * height * width, depth)
    return flat.index_select(0, place.flatten()).view(n, height, width, depth).permute(0, 3, 1, 2)


def _moved(n: int, side: int, most: int, device: torch.device) -> Tensor:
    """int64 (N, side): for each image, which of its lines comes where."""
    offset = torch.randint(2 * most + 1, (n, 1), device=device) - most
    return (offset + torch.arange(side, device=device)).clamp_(0, side - 1)
