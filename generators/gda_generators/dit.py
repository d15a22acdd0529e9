"""DiT: the diffusion process on a transformer, after Peebles & Xie 2023, "Scalable Diffusion Models with Transformers"
(arXiv 2212.09748), on diffusers' DiTTransformer2DModel, in pixels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from torch import nn

from gda_bench.api import TaskInfo
from gda_generators.ddpm import DDPMProcess
from gda_generators.folding import check_grid
from gda_generators.signals import refuse_signals


@dataclass(kw_only=True, eq=False)
class DiT(DDPMProcess):
    """Patches as tokens; the noise level and the class modulate every block by adaLN-Zero.

    width: of a token, a multiple of 4 * heads. layers: blocks. heads: of attention. dropout: in the blocks.
    grid: a patch is 2, 4, 8 ... pixels wide, as few as leave at most so many of them side by side.
    The others: DDPMProcess's and Diffusion's.
    """

    quick: ClassVar[Mapping[str, Any]] = {
        "steps": 3,
        "batch_size": 8,
        "width": 16,
        "layers": 1,
        "heads": 2,
        "sampler_steps": 3,
        "check_every": 2,
    }

    width: int = 256
    layers: int = 8
    heads: int = 4
    dropout: float = 0.1
    grid: int = 16

    def __post_init__(self) -> None:
        super().__post_init__()
        check_grid(self.grid)
        if self.width % (4 * self.heads):
            raise ValueError(f"width={self.width} must be a multiple of 4 * heads={4 * self.heads}")

    def supports(self, task: TaskInfo) -> str | None:
        return refuse_signals(task, "its patches are squares")

    def build(self, shape: tuple[int, int, int], n_classes: int) -> nn.Module:
        from gda_generators.dit_network import ConditionalDiT  # takes seconds; see unet.py

        return ConditionalDiT(
            shape,
            n_classes,
            width=self.width,
            layers=self.layers,
            heads=self.heads,
            dropout=self.dropout,
            grid=self.grid,
        )
