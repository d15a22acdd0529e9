"""The networks of latent diffusion: MONAI's AutoencoderKL, and the U-Net that works on its latents."""

from __future__ import annotations

import torch
from monai.networks.nets import AutoencoderKL
from torch import Tensor, nn
from torch.nn import functional as F

from gda_bench.api.torch_tools import autocast, unit
from gda_generators.latent_diffusion import SHRINK
from gda_generators.unet_network import ConditionalUNet

KL_WEIGHT = 1e-6
AT_ONCE = 64
"""Images encoded or decoded at once."""


class LatentNetwork(nn.Module):
    """Called, it is the conditional U-Net. shape: of the images, (H, W, C), padded to whole positions of the latents.

    mean, std: of each channel of the latents of the images learnt from; the U-Net sees them at mean 0 and spread 1.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        shape: tuple[int, int, int],
        n_classes: int,
        *,
        channels: int,
        layers: int,
        dropout: float,
        latent: int,
        autoencoder_channels: int,
    ) -> None:
        super().__init__()
        self.height, self.width, depth = shape
        h, w = -(-self.height // SHRINK), -(-self.width // SHRINK)
        self.padding = (0, w * SHRINK - self.width, 0, h * SHRINK - self.height)
        self.latent_shape = (latent, h, w)
        self.autoencoder = AutoencoderKL(
            spatial_dims=2,
            in_channels=depth,
            out_channels=depth,
            num_res_blocks=1,
            channels=[autoencoder_channels, 2 * autoencoder_channels, 2 * autoencoder_channels],
            attention_levels=[False, False, False],
            latent_channels=latent,
            norm_num_groups=8,
            with_encoder_nonlocal_attn=False,
            with_decoder_nonlocal_attn=False,
        )
        self.unet = ConditionalUNet((h, w, latent), n_classes, channels, layers, dropout)
        self.register_buffer("mean", torch.zeros(latent, 1, 1))
        self.register_buffer("std", torch.ones(latent, 1, 1))

    def forward(self, z: Tensor, t: Tensor, labels: Tensor, augmentation: Tensor | None = None) -> Tensor:
        """z (N, latent, h, w), t (N,) the noise level, labels (N,), augmentation (N, AUGMENTATIONS); like z out."""
        out: Tensor = self.unet(z, t, labels, augmentation)
        return out

    def autoencoder_loss(self, x: Tensor, *, draw: bool) -> Tensor:
        """L1 plus the divergence, for images x (N, C, H, W); latents are drawn or, if not `draw`, their means."""
        with autocast(x.device.type):
            mu, sigma = self.autoencoder.encode(F.pad(x, self.padding, mode="replicate"))
            z = self.autoencoder.sampling(mu, sigma) if draw else mu
            decoded = self.autoencoder.decode(z)[..., : self.height, : self.width].float()
        mu, variance = mu.float(), sigma.float() ** 2
        kl = 0.5 * (mu**2 + variance - 1 - variance.clamp(min=1e-12).log()).sum((1, 2, 3)).mean()
        loss: Tensor = F.l1_loss(decoded, x) + KL_WEIGHT * kl
        return loss

    @torch.no_grad()
    def measure(self, x: Tensor) -> None:
        """Take mean and std from the latents of images x (N, C, H, W)."""
        self.mean.zero_()
        self.std.fill_(1)
        z = self.encode(x)
        self.mean.copy_(z.mean((0, 2, 3))[:, None, None])
        self.std.copy_(z.std((0, 2, 3))[:, None, None].clamp(min=1e-6))

    @torch.no_grad()
    def encode(self, x: Tensor) -> Tensor:
        """Images (N, C, H, W), uint8 or float, to latents (N, latent, h, w), at mean 0 and spread 1."""
        parts = []
        with autocast(x.device.type):
            for part in x.split(AT_ONCE):
                parts.append(self.autoencoder.encode(F.pad(unit(part), self.padding, mode="replicate"))[0].float())
        return (torch.cat(parts) - self.mean) / self.std

    def decode(self, z: Tensor) -> Tensor:
        """Latents (N, latent, h, w) to images (N, C, H, W)."""
        parts = []
        with autocast(z.device.type):
            for part in z.split(AT_ONCE):
                parts.append(self.autoencoder.decode(part * self.std + self.mean).float())
        return torch.cat(parts)[..., : self.height, : self.width]
