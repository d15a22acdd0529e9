"""What edm, ddpm and flow share beside the recipe: their network, the conditional U-Net, and its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from torch import nn

from gda_generators.diffusion import Diffusion
from gda_generators.folding import check_grid


@dataclass(kw_only=True, eq=False)
class UNetDiffusion(Diffusion):
    """A method whose network is the U-Net.

    channels: width of the first level, twice that in the others. layers: residual blocks in each level.
    dropout: in them. grid: positions a side at most, for pictures: 2 x 2, 4 x 4, 8 x 8 ... pixels become the channels
    of one, as few as that takes; at half the grid a step takes about a quarter of the time. None: 2 x 2 above 16 px.
    """

    # every such method has sampler_steps
    quick: ClassVar[Mapping[str, Any]] = {
        "steps": 3,
        "batch_size": 8,
        "channels": 8,
        "layers": 1,
        "sampler_steps": 3,
        "check_every": 2,
    }

    channels: int = 64
    layers: int = 2
    dropout: float = 0.1
    grid: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_grid(self.grid)
        if self.channels % 8:
            raise ValueError(f"channels={self.channels} must be a multiple of 8")

    def build(self, shape: tuple[int, int, int], n_classes: int) -> nn.Module:
        from gda_generators.unet_network import ConditionalUNet  # takes seconds; its parameters can be told without it

        return ConditionalUNet(shape, n_classes, self.channels, self.layers, self.dropout, grid=self.grid)
