"""The two networks of `cgan`: residual, without batch statistics, for sides of a few to a few hundred pixels."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from gda_generators.adversarial import GeneratorNetwork, Judgement

Shape = tuple[int, int, int]
FOLDED_FROM = 24
"""Pixels a side from which neither network works at full resolution."""


class ConvGenerator(GeneratorNetwork):
    """z and the class to an image, from a coarse grid of 4 to 7 positions a side by doublings.

    They also scale and shift the channels of every block after a group norm, as in self-modulation (Chen et al. 2019).
    width: channels at full resolution; each coarser level has twice as many, four times at most. From FOLDED_FROM on
    the last doubling is a pixel shuffle (Shi et al. 2016): full resolution costs four times as much as half of it.
    """

    def __init__(self, shape: Shape, n_classes: int, latent: int, width: int) -> None:
        super().__init__()
        self.size, self.latent = shape[:2], latent
        doublings = max(1, int(math.log2(max(1, min(self.size) / 4))))
        coarse = [-(-side // 2**doublings) for side in self.size]
        channels = [width * min(4, 2 ** (doublings - level)) for level in range(doublings + 1)]
        shuffle = 2 if min(self.size) >= FOLDED_FROM else 1
        channels = channels[: len(channels) + 1 - shuffle]
        self.embed = nn.Embedding(n_classes, latent)
        self.mapping = nn.Sequential(nn.Linear(2 * latent, 4 * width), nn.LeakyReLU(0.2))
        self.start = nn.Sequential(
            nn.Linear(2 * latent, channels[0] * math.prod(coarse)), nn.Unflatten(1, (channels[0], *coarse))
        )
        self.blocks = nn.ModuleList(_Up(inputs, outputs, 4 * width) for inputs, outputs in pairwise(channels))
        self.end = nn.Sequential(
            nn.GroupNorm(8, channels[-1]), nn.LeakyReLU(0.2),
            nn.Conv2d(channels[-1], shape[2] * shuffle**2, 3, 1, 1), nn.PixelShuffle(shuffle), nn.Tanh(),
        )  # fmt: skip

    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        """Images (N, C, H, W) in [-1, 1]."""
        told = torch.cat([z, self.embed(y)], 1)
        x, w = self.start(told), self.mapping(told)
        for block in self.blocks:
            x = block(x, w)
        out: Tensor = self.end(x)
        return out[:, :, : self.size[0], : self.size[1]]


class _Up(nn.Module):
    def __init__(self, inputs: int, outputs: int, told: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList([nn.GroupNorm(8, inputs, affine=False), nn.GroupNorm(8, outputs, affine=False)])
        self.styles = nn.ModuleList([nn.Linear(told, 2 * inputs), nn.Linear(told, 2 * outputs)])
        self.convs = nn.ModuleList([nn.Conv2d(inputs, outputs, 3, 1, 1), nn.Conv2d(outputs, outputs, 3, 1, 1)])
        self.skip = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        h = F.interpolate(self._modulated(0, x, w), scale_factor=2)
        h = self.convs[1](self._modulated(1, self.convs[0](h), w))
        out: Tensor = h + F.interpolate(self.skip(x), scale_factor=2)
        return out

    def _modulated(self, i: int, x: Tensor, w: Tensor) -> Tensor:
        scale, shift = self.styles[i](w)[:, :, None, None].chunk(2, 1)
        return F.leaky_relu(self.norms[i](x) * (1 + scale) + shift, 0.2)


class ConvDiscriminator(nn.Module):
    """score = psi(phi(x)) + <embed(y), phi(x)> (Miyato & Koyama 2018, equation 4), spectral norm on every layer.

    width: channels at full resolution; from FOLDED_FROM on the first layer halves the image.
    """

    def __init__(self, shape: Shape, n_classes: int, width: int) -> None:
        super().__init__()
        side = min(shape[:2])
        if side >= FOLDED_FROM:
            layers: list[nn.Module] = [_sn(nn.Conv2d(shape[2], 2 * width, 4, 2, 1))]
            side, channels = side // 2, 2 * width
        else:
            layers = [_sn(nn.Conv2d(shape[2], width, 3, 1, 1))]
            channels = width
        while side > 4:
            wider = min(2 * channels, 4 * width)
            layers.append(_Down(channels, wider))
            side, channels = side // 2, wider
        self.phi = nn.Sequential(*layers, _sn(nn.Conv2d(channels, channels, 3, 1, 1)), nn.LeakyReLU(0.2))
        self.psi = _sn(nn.Linear(channels, 1))
        self.embed = _sn(nn.Embedding(n_classes, channels))

    def forward(self, x: Tensor, y: Tensor) -> Judgement:
        """Images (N, C, H, W) in [-1, 1], labels (N,)."""
        phi = self.phi(x).sum((2, 3))
        return Judgement(self.psi(phi).squeeze(1) + (self.embed(y) * phi).sum(1))


class _Down(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.LeakyReLU(0.2), _sn(nn.Conv2d(inputs, outputs, 3, 1, 1)),
            nn.LeakyReLU(0.2), _sn(nn.Conv2d(outputs, outputs, 3, 1, 1)),
        )  # fmt: skip
        self.skip = _sn(nn.Conv2d(inputs, outputs, 1))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = F.avg_pool2d(self.body(x), 2, ceil_mode=True) + self.skip(F.avg_pool2d(x, 2, ceil_mode=True))
        return out


_sn: Callable[[nn.Module], nn.Module] = spectral_norm
