"""`cgan`: a class-conditional GAN for few images: hinge loss, projection discriminator (Miyato & Koyama 2018) with
spectral normalisation (Miyato et al. 2018), differentiable augmentation (Zhao et al. 2020), averaged weights.

A GAN has no held-out loss. What stops it here is the kernel distance between its draws and a held-back tenth of the n
images, class by class, in fixed random features: it sees the n images and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from torch import nn

from gda_generators.adversarial import GeneratorNetwork
from gda_generators.cgan_networks import ConvDiscriminator, ConvGenerator
from gda_generators.diffaugment import POLICY, DiffAugment
from gda_generators.gan import GAN


class CGAN(GAN):
    """Convolutional generator and discriminator, both told the class.

    steps: of the generator at most, each after one of the discriminator. batch_size: real images a step, and as many
    drawn. lr, lr_discriminator: of Adam. latent: dimensions of z. channels: width at full resolution. augment: see
    DiffAugment; empty for none. slope_penalty, diversity_weight: see train_pair. ema_half_life: of the weight average,
    in images. check_every, patience: the stopping rule looks every so many steps and ends after so many looks without
    a new minimum.

    A second `fit` goes on from the weights of the first, with fresh optimisers.
    """

    quick: ClassVar[Mapping[str, Any]] = {"steps": 3, "batch_size": 8, "channels": 8, "latent": 8, "check_every": 2}

    version: ClassVar[int] = 2

    def __init__(
        self,
        *,
        steps: int = 10000,
        batch_size: int = 64,
        lr: float = 5e-4,
        lr_discriminator: float = 1e-3,
        latent: int = 64,
        channels: int = 64,
        augment: str = POLICY,
        slope_penalty: float = 0.0,
        diversity_weight: float = 1.0,
        ema_half_life: int = 5000,
        check_every: int = 100,
        patience: int = 20,
    ) -> None:
        if channels % 8:
            raise ValueError(f"channels={channels} must be a multiple of 8")
        DiffAugment(augment)  # refuses an unknown name before any work begins
        self.steps, self.batch_size = steps, batch_size
        self.lr, self.lr_discriminator = lr, lr_discriminator
        self.latent, self.channels = latent, channels
        self.augment, self.slope_penalty, self.diversity_weight = augment, slope_penalty, diversity_weight
        self.ema_half_life, self.check_every, self.patience = ema_half_life, check_every, patience

    def build(self) -> tuple[GeneratorNetwork, nn.Module]:
        return (
            ConvGenerator(self.shape, self.n_classes, self.latent, self.channels),
            ConvDiscriminator(self.shape, self.n_classes, self.channels),
        )
