"""Latent diffusion: Rombach et al. 2022, "High-Resolution Image Synthesis with Latent Diffusion Models" (arXiv
2112.10752), on MONAI's AutoencoderKL and the U-Net of ddpm. Both learn from the n images alone.

The autoencoder's loss is L1 and a small divergence: the paper's perceptual term needs a network trained on other
images, its adversarial one many images. What a small autoencoder leaves blurred, the samples leave blurred.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor

from gda_bench.api import RunContext, TaskInfo
from gda_bench.api.torch_tools import unit
from gda_generators.augment import augment
from gda_generators.ddpm import DDPMProcess
from gda_generators.signals import refuse_signals
from gda_generators.training import train
from gda_generators.unet import UNetDiffusion

if TYPE_CHECKING:
    from gda_generators.latent_network import LatentNetwork

SHRINK = 4
"""Pixels of an image in one position of its latents, along a side."""
SMALLEST_SIDE = 64


@dataclass(kw_only=True, eq=False)
class LatentDiffusion(DDPMProcess, UNetDiffusion):
    """First an autoencoder, then the diffusion process on its latents; augmentation moves the latents.

    latent: channels of the latents. autoencoder_steps, autoencoder_channels, autoencoder_batch_size: of the first
    stage, whose learning rate and stopping rule are those of the second. The others: as of ddpm.
    """

    quick: ClassVar[Mapping[str, Any]] = {
        **UNetDiffusion.quick,
        "autoencoder_steps": 3,
        "autoencoder_channels": 8,
        "autoencoder_batch_size": 4,
    }

    bounded: ClassVar[bool] = False
    version: ClassVar[int] = 2

    latent: int = 4
    autoencoder_steps: int = 2000
    autoencoder_channels: int = 32
    autoencoder_batch_size: int = 16
    network: LatentNetwork | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.autoencoder_channels % 8:
            raise ValueError(f"autoencoder_channels={self.autoencoder_channels} must be a multiple of 8")

    def supports(self, task: TaskInfo) -> str | None:
        if refused := refuse_signals(task, "its autoencoder halves both sides"):
            return refused
        height, width, _ = task.shape
        if min(height, width) < SMALLEST_SIDE:
            return (
                f"latents are {SHRINK} times smaller than images, which leaves too little of {height} x {width} px: "
                f"it needs {SMALLEST_SIDE} px a side; ddpm and dit work on the pixels"
            )
        return None

    def build(self, shape: tuple[int, int, int], n_classes: int) -> LatentNetwork:
        from gda_generators.latent_network import LatentNetwork  # takes seconds; see unet.py

        return LatentNetwork(
            shape,
            n_classes,
            channels=self.channels,
            layers=self.layers,
            dropout=self.dropout,
            latent=self.latent,
            autoencoder_channels=self.autoencoder_channels,
        )

    def noise(self, n: int, device: str) -> Tensor:
        """Unit noise to start n latents from, (n, latent, h, w)."""
        assert self.network is not None, "fit or load first"
        return torch.randn(n, *self.network.latent_shape, device=device)

    def draw(self, noise: Tensor, labels: Tensor) -> Tensor:
        assert self.network is not None, "fit or load first"
        return self.network.decode(super().draw(noise, labels))

    def learn(self, kept: tuple[Tensor, Tensor], held: tuple[Tensor, Tensor], ctx: RunContext) -> None:
        assert self.network is not None
        self._learn_autoencoder(kept[0], held[0], replace(ctx, progress=lambda done: ctx.progress(done / 2)))
        self.network.measure(kept[0])
        kept, held = ((self.network.encode(x), y) for x, y in (kept, held))
        super().learn(kept, held, replace(ctx, progress=lambda done: ctx.progress((1 + done) / 2)))

    def _learn_autoencoder(self, kept: Tensor, held: Tensor, ctx: RunContext) -> None:
        assert self.network is not None
        network = self.network

        def loss() -> Tensor:
            i = torch.randint(len(kept), (self.autoencoder_batch_size,), device=kept.device)
            return network.autoencoder_loss(augment(unit(kept[i]), self.augment)[0], draw=True)

        def held_back_loss() -> float:
            return sum(float(network.autoencoder_loss(unit(x), draw=False)) * len(x) for x in held.split(64)) / len(
                held
            )

        stage = replace(ctx, notes={})
        train(
            network.autoencoder,
            torch.optim.Adam(network.autoencoder.parameters(), lr=self.lr, betas=(0.9, 0.99), fused=True),
            loss,
            held_back_loss,
            stage,
            steps=self.autoencoder_steps,
            half_life=self.ema_half_life / self.autoencoder_batch_size,
            check_every=self.check_every,
            patience=self.patience,
        )
        # the second stage leaves it as it is
        network.autoencoder.requires_grad_(False)
        for name, value in stage.notes.items():
            ctx.note(f"autoencoder_{name}", value)
