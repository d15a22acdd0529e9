"""DiT: the diffusion process on a transformer, after Peebles & Xie 2023, "Scalable Diffusion Models with Transformers"
(arXiv 2212.09748), on diffusers' DiTTransformer2DModel, in pixels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from diffusers import DiTTransformer2DModel
from torch import Tensor, nn
from torch.nn import functional as F

from gda_bench.api import TaskInfo
from gda_generators.condition import Condition
from gda_generators.ddpm import DDPMProcess
from gda_generators.folding import check_grid, fold_to
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

    def build(self, shape: tuple[int, int, int], n_classes: int) -> ConditionalDiT:
        return ConditionalDiT(
            shape,
            n_classes,
            width=self.width,
            layers=self.layers,
            heads=self.heads,
            dropout=self.dropout,
            grid=self.grid,
        )


class ConditionalDiT(nn.Module):
    """shape: (H, W, C). Images are padded to a square of whole patches."""

    def __init__(
        self,
        shape: tuple[int, int, int],
        n_classes: int,
        *,
        width: int,
        layers: int,
        heads: int,
        dropout: float,
        grid: int,
    ) -> None:
        super().__init__()
        height, wide, depth = shape
        patch = fold_to(grid, max(height, wide), least=2)
        side = -(-max(height, wide) // patch) * patch
        self.padding = (0, side - wide, 0, side - height)
        self.condition = Condition(n_classes, width)
        self.transformer = DiTTransformer2DModel(
            num_attention_heads=heads,
            attention_head_dim=width // heads,
            in_channels=depth,
            num_layers=layers,
            dropout=dropout,
            sample_size=side,
            patch_size=patch,
            num_embeds_ada_norm=n_classes,
        )
        self._as_in_the_paper()

    def forward(self, x: Tensor, t: Tensor, labels: Tensor, augmentation: Tensor | None = None) -> Tensor:
        """x (N, C, H, W), t (N,) the noise level, labels (N,), augmentation (N, AUGMENTATIONS); (N, C, H, W) out."""
        height, width = x.shape[2:]
        told = self.condition(labels, augmentation)
        x = F.pad(x, self.padding, mode="constant", value=-1.0)
        out: Tensor = self.transformer(x, timestep=t, class_labels=told).sample
        return out[..., :height, :width]

    def _as_in_the_paper(self) -> None:
        """One embedding for all blocks, ours, where diffusers' blocks have one each; section 3.2's initialisation."""
        blocks = self.transformer.transformer_blocks
        embedding = blocks[0].norm1.emb
        embedding.class_embedder = nn.Identity()
        for module in self.transformer.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)
        nn.init.zeros_(self.transformer.pos_embed.proj.bias)
        for linear in (embedding.timestep_embedder.linear_1, embedding.timestep_embedder.linear_2):
            nn.init.normal_(linear.weight, std=0.02)
        nn.init.normal_(self.condition.classes.weight, std=0.02)
        nn.init.xavier_uniform_(self.transformer.pos_embed.proj.weight.flatten(1))
        for block in blocks:
            block.norm1.emb = embedding
            nn.init.zeros_(block.norm1.linear.weight)
        for last in (self.transformer.proj_out_1, self.transformer.proj_out_2):
            nn.init.zeros_(last.weight)
