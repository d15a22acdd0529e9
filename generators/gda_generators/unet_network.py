"""The conditional U-Net of edm, ddpm and flow: diffusers' UNet2DModel for images of any size."""

import math

from diffusers import UNet2DModel
from diffusers.models.attention_processor import Attention, AttnProcessor
from torch import Tensor, nn
from torch.nn import functional as F

from gda_generators.condition import Condition
from gda_generators.folding import fold_to
from gda_generators.signals import along_time, fold_time, unfold_time


class ConditionalUNet(nn.Module):
    """Two levels at up to 16 positions a side and one more for each doubling; attention in the last.

    shape: (H, W, C). Sides above 16 are folded into channels, two by two, and padded to what the levels halve evenly;
    pictures are folded further where `grid` allows fewer positions a side.
    A signal, of height 1, passes through the same levels along time alone: see signals.py.
    What comes in goes past the network as well, by a gain that the noise level says: without it the network must learn
    to pass every value of the noise on, and what a short training has not learnt lies as grain on the images.
    """

    def __init__(
        self,
        shape: tuple[int, int, int],
        n_classes: int,
        channels: int,
        layers: int,
        dropout: float,
        *,
        grid: int | None = None,
    ) -> None:
        super().__init__()
        height, width, depth = shape
        side = max(height, width)
        self.fold = fold_to(None if height == 1 else grid, side, least=1 if side <= 16 else 2)
        levels = 2 + max(0, math.ceil(math.log2(side / self.fold / 16)))
        multiple = 2 ** (levels - 1)
        size = [-(-s // (self.fold * multiple)) * multiple for s in (height, width)]
        self.is_signal = height == 1
        if self.is_signal:
            size[0] = 1
        # right and below
        self.padding = (0, size[1] * self.fold - width, 0, 0 if self.is_signal else size[0] * self.fold - height)
        self.condition = Condition(n_classes, 4 * channels)
        cells = self.fold if self.is_signal else self.fold**2
        self.unet = UNet2DModel(
            sample_size=size,
            in_channels=depth * cells,
            out_channels=depth * cells,
            layers_per_block=layers,
            block_out_channels=[channels, *[2 * channels] * (levels - 1)],
            down_block_types=["DownBlock2D", *["DownBlock2D"] * (levels - 2), "AttnDownBlock2D"],
            up_block_types=["AttnUpBlock2D", *["UpBlock2D"] * (levels - 2), "UpBlock2D"],
            attention_head_dim=2 * channels,  # one head, as in DDPM++
            norm_num_groups=8,
            dropout=dropout,
            class_embed_type="identity",
        )
        for module in self.unet.modules():
            if isinstance(module, Attention):
                # of at most 8 x 8 positions or so, where a CPU's fused kernel is eight times slower in bfloat16
                module.set_processor(AttnProcessor())
        if self.is_signal:
            along_time(self.unet)
        self.gain = nn.Linear(4 * channels, 1)
        nn.init.zeros_(self.gain.weight)
        nn.init.zeros_(self.gain.bias)

    def forward(self, x: Tensor, t: Tensor, labels: Tensor, augmentation: Tensor | None = None) -> Tensor:
        """x (N, C, H, W), t (N,) the noise level, labels (N,), augmentation (N, AUGMENTATIONS); (N, C, H, W) out."""
        height, width = x.shape[2:]
        if any(self.padding):
            x = F.pad(x, self.padding, mode="replicate")
        fold, unfold = (fold_time, unfold_time) if self.is_signal else (F.pixel_unshuffle, F.pixel_shuffle)
        x = fold(x, self.fold)
        told = self.unet(x, t, class_labels=self.condition(labels, augmentation)).sample
        return unfold(told + self._gain(t) * x, self.fold)[..., :height, :width]

    def _gain(self, t: Tensor) -> Tensor:
        """(N, 1, 1, 1)."""
        level = self.unet.time_embedding(self.unet.time_proj(t).to(self.gain.weight.dtype))
        gain: Tensor = self.gain(level)[..., None, None]
        return gain
