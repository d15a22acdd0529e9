"""`vit-cgan`: a GAN of two vision transformers that generates and classifies, after Li et al. 2022, "Unified Framework
for Histopathology Image Augmentation and Classification via Generative Models" (arXiv 2212.09977).

Of the paper: no convolutions, a classification head on the discriminator trained jointly with it, class projection,
and selective sampling. Ours: fixed loss weights in place of the paper's dynamic ones, hinge loss with a slope penalty,
differentiable augmentation, averaged weights, and the stopping rule of `cgan`, which sees the n images only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gda_bench.api import RunContext
from gda_bench.api.torch_tools import autocast
from gda_generators.adversarial import GeneratorNetwork
from gda_generators.diffaugment import POLICY, DiffAugment
from gda_generators.gan import GAN
from gda_generators.vit_networks import ViTDiscriminator, ViTGenerator, patch_of


class ViTCGAN(GAN):
    """ViT generator and ViT discriminator, both told the class.

    candidates: images drawn for each one asked for, of which that is kept whose label the discriminator is surest of;
    1 keeps every draw. width, depth, heads: of both encoders. patch: pixels a side, by default so many that there are
    at most 8 x 8 patches. class_weight: of the classification head's loss. For the rest see CGAN.
    """

    quick: ClassVar[Mapping[str, Any]] = {
        "steps": 3,
        "batch_size": 8,
        "width": 16,
        "depth": 1,
        "heads": 2,
        "latent": 8,
        "check_every": 2,
    }

    def __init__(
        self,
        *,
        candidates: int = 2,
        steps: int = 10000,
        batch_size: int = 64,
        lr: float = 5e-4,
        lr_discriminator: float = 1e-3,
        latent: int = 64,
        width: int = 192,
        depth: int = 4,
        heads: int = 4,
        patch: int | None = None,
        augment: str = POLICY,
        slope_penalty: float = 0.1,
        class_weight: float = 1.0,
        diversity_weight: float = 1.0,
        ema_half_life: int = 5000,
        check_every: int = 100,
        patience: int = 20,
    ) -> None:
        if candidates < 1:
            raise ValueError(f"candidates={candidates} must be at least 1")
        if width % heads:
            raise ValueError(f"width={width} must be a multiple of heads={heads}")
        DiffAugment(augment)  # refuses an unknown name before any work begins
        self.candidates = candidates
        self.steps, self.batch_size = steps, batch_size
        self.lr, self.lr_discriminator = lr, lr_discriminator
        self.latent, self.width, self.depth, self.heads, self.patch = latent, width, depth, heads, patch
        self.augment, self.slope_penalty = augment, slope_penalty
        self.class_weight, self.diversity_weight = class_weight, diversity_weight
        self.ema_half_life, self.check_every, self.patience = ema_half_life, check_every, patience

    def build(self) -> tuple[GeneratorNetwork, nn.Module]:
        patch = patch_of(self.shape, self.patch)
        width, depth, heads = self.width, self.depth, self.heads
        return (
            ViTGenerator(
                self.shape, self.n_classes, latent=self.latent, width=width, depth=depth, heads=heads, patch=patch
            ),
            ViTDiscriminator(self.shape, self.n_classes, width=width, depth=depth, heads=heads, patch=patch),
        )

    def draw(self, y: Tensor, ctx: RunContext) -> Tensor:
        """The surest of `candidates` draws for each label, so that labels keep their order and their number."""
        best, sure = super().draw(y, ctx), y.new_empty(0)
        if self.candidates > 1:
            sure = self.certainty(best, y)
        for _ in range(self.candidates - 1):
            other = super().draw(y, ctx)
            other_sure = self.certainty(other, y)
            better = other_sure > sure
            best = torch.where(better[:, None, None, None], other, best)
            sure = torch.where(better, other_sure, sure)
        return best

    def certainty(self, x: Tensor, y: Tensor) -> Tensor:
        """How sure the discriminator's two heads are of the label and of the image, (N,).

        A ranking and no probability: a hinge score is no logit.
        """
        with autocast(x.device.type):
            score, classes = self.discriminator(x, y)
        return F.logsigmoid(score.float()) - F.cross_entropy(classes.float(), y, reduction="none")
