"""The network of dit: diffusers' DiTTransformer2DModel on the pixels of images of any size."""

from __future__ import annotations

from diffusers import DiTTransformer2DModel
from torch import Tensor, nn
from torch.nn import functional as F

from gda_generators.condition import Condition
from gda_generators.folding import fold_to


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
