"""How far drawn images are from held-back ones of the same class: the stopping rule of generators without a loss to
watch."""

from __future__ import annotations

import torch
from torch import Tensor, nn

SEED = 0
AT_ONCE = 512
"""Images whose features are taken together: the network's maps need many times the memory of their pixels."""


class KernelDistance:
    """Squared maximum mean discrepancy with the kernel -||a - b||, which needs no bandwidth (the energy distance:
    Szekely & Rizzo 2013; Sejdinovic et al. 2013), between images of the same label, up to a constant.

    Distances are taken in fixed random features: a random convolutional network's, pooled at every scale.
    x: the held-back images, (N, C, H, W) in [-1, 1]; y: their labels, (N,). Nothing else is looked at.
    """

    def __init__(self, x: Tensor, y: Tensor) -> None:
        self.y = y
        self._features = _RandomFeatures(x.shape[1]).to(x.device)
        self._held = torch.cat([self._features(part) for part in x.split(AT_ONCE)])

    def __call__(self, drawn: Tensor) -> float:
        """drawn: (R x N, C, H, W), the i-th for the label y[i modulo N]; R > 1."""
        drawn = drawn.unflatten(0, (-1, len(self.y)))
        repeats, between, within = len(drawn), drawn.new_zeros(()), drawn.new_zeros(())
        parts = drawn.split(max(1, AT_ONCE // repeats), dim=1)
        for held, part in zip(self._held.split(parts[0].shape[1]), parts, strict=True):
            a = self._features(part.flatten(0, 1)).unflatten(0, (repeats, -1))  # (R, N, D)
            between = between + (a - held).norm(dim=2).sum()
            within = within + torch.cdist(a.transpose(0, 1), a.transpose(0, 1)).sum()  # of (N, R, R)
        return float(2 * between / repeats - within / (repeats * (repeats - 1))) / len(self.y)


class _RandomFeatures(nn.Module):
    """Pixels, then three random 3x3 convolutions at halving resolution, each pooled to at most 4 x 4."""

    def __init__(self, depth: int, width: int = 64) -> None:
        super().__init__()
        chance = torch.Generator().manual_seed(SEED)
        self.kernels = nn.ParameterList()
        for inputs in (depth, width, width):
            kernel = torch.randn(width, inputs, 3, 3, generator=chance) / (9 * inputs) ** 0.5
            self.kernels.append(nn.Parameter(kernel, requires_grad=False))

    @torch.no_grad()
    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, D), every scale with the same weight whatever its size."""
        parts = [x.flatten(1) / x[0].numel() ** 0.5]
        for kernel in self.kernels:
            x = nn.functional.leaky_relu(nn.functional.conv2d(x, kernel, padding=1), 0.2) * 1.4
            pooled = nn.functional.adaptive_avg_pool2d(x, 4).flatten(1)
            parts.append(pooled / pooled.shape[1] ** 0.5)
            x = nn.functional.avg_pool2d(x, 2, ceil_mode=True)
        return torch.cat(parts, 1)
