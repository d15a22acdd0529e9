"""Stems for small images: a first convolution without stride and no pooling after it, as is usual for CIFAR."""

from __future__ import annotations

import torch
from torch import nn

SMALL = 64
"""Up to this side in pixels a network trained from scratch keeps its full resolution through the stem."""

STEMS = (("", "conv1", "maxpool"), ("features", "conv0", "pool0"))
"""Of ResNets and of DenseNets, in timm, torchvision and MONAI: (where, convolution, pooling)."""


def keep_resolution(network: nn.Module) -> None:
    """Give a network with such a stem a 3x3 convolution in its place; leave any other as it is."""
    for where, convolution, pooling in STEMS:
        part = getattr(network, where, None) if where else network
        stem, pool = getattr(part, convolution, None), getattr(part, pooling, None)
        if isinstance(part, nn.Module) and isinstance(stem, nn.Conv2d) and isinstance(pool, nn.MaxPool2d):
            small = nn.Conv2d(stem.in_channels, stem.out_channels, 3, 1, 1, bias=False)
            torch.nn.init.kaiming_normal_(small.weight, mode="fan_out", nonlinearity="relu")
            setattr(part, convolution, small)
            setattr(part, pooling, nn.Identity())
