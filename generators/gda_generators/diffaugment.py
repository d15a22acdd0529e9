"""Differentiable augmentation for training GANs on few images (Zhao et al. 2020, arXiv 2006.10738).

Real and drawn images pass through the same random transforms before the discriminator sees either, so it cannot learn
the n images by heart, and the generator, whose gradient flows back through the transforms, need not draw them.
"""

from __future__ import annotations

import torch
from torch import Tensor

POLICY = "color+translation+cutout"


class DiffAugment:
    """Float images (N, C, H, W) in [-1, 1] to the same shape, each image by a draw of its own.

    policy: names joined by `+`, applied in this order; empty for none. `color`: brightness within 0.5, saturation of
    RGB images times 0 to 2, contrast times 0.5 to 1.5. `translation`: by up to an eighth of each side. `cutout`: of a
    rectangle of half the sides. What leaves nothing is zero, the middle grey.
    """

    def __init__(self, policy: str = POLICY) -> None:
        self.names = [name for name in policy.split("+") if name]
        if unknown := sorted(set(self.names) - _TRANSFORMS.keys()):
            raise ValueError(f"augment={policy}: no transform is named {unknown[0]}; there are {'+'.join(_TRANSFORMS)}")

    def __call__(self, x: Tensor) -> Tensor:
        for name in self.names:
            x = _TRANSFORMS[name](x)
        return x


def _uniform(x: Tensor, low: float, high: float) -> Tensor:
    return torch.empty(len(x), 1, 1, 1, device=x.device).uniform_(low, high)


def _color(x: Tensor) -> Tensor:
    x = x + _uniform(x, -0.5, 0.5)
    if x.shape[1] == 3:
        grey = x.mean(1, keepdim=True)
        x = grey + (x - grey) * _uniform(x, 0, 2)
    mean = x.mean((1, 2, 3), keepdim=True)
    return mean + (x - mean) * _uniform(x, 0.5, 1.5)


def _translation(x: Tensor) -> Tensor:
    rows, columns = (_shift(len(x), side, x.device) for side in x.shape[2:])
    return rows @ x @ columns.mT


def _shift(n: int, side: int, device: torch.device) -> Tensor:
    """(n, 1, side, side): matrices that shift a column by a random number of pixels and fill with zeros."""
    reach = max(1, round(side / 8))
    by = torch.randint(-reach, reach + 1, (n, 1, 1, 1), device=device)
    at = torch.arange(side, device=device)
    return (at[:, None] + by == at).float()


def _cutout(x: Tensor) -> Tensor:
    inside = [_span(len(x), side, x.device) for side in x.shape[2:]]
    return x * ~(inside[0][:, None, :, None] & inside[1][:, None, None, :])


def _span(n: int, side: int, device: torch.device) -> Tensor:
    """(n, side), bool: half the side, wherever its middle falls, so that some of it may lie outside."""
    half = side // 2
    start = torch.randint(-(half // 2), side - half // 2, (n, 1), device=device)
    at = torch.arange(side, device=device)
    return (at >= start) & (at < start + half)


_TRANSFORMS = {"color": _color, "translation": _translation, "cutout": _cutout}
