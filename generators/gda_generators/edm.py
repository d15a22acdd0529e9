"""EDM: class-conditional diffusion after Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based
Generative Models" (arXiv 2206.00364). Symbols are the paper's.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor

from gda_generators.unet import UNetDiffusion

SIGMA_DATA = 0.5


@dataclass(kw_only=True, eq=False)
class EDM(UNetDiffusion):
    """Preconditioned denoiser D(x; sigma), log-normal training noise, second-order Heun sampler.

    P_mean, P_std: of ln(sigma) in training. sampler_steps: Heun steps N, 2N - 1 network evaluations.
    sigma_min, sigma_max, rho: the sampler's schedule. The others: Diffusion's and UNetDiffusion's.
    """

    version: ClassVar[int] = 3

    P_mean: float = -1.2
    P_std: float = 1.2
    sampler_steps: int = 18
    sigma_min: float = 0.002
    sigma_max: float = 80.0
    rho: float = 7.0

    def denoise(self, x: Tensor, sigma: Tensor, labels: Tensor, augmentation: Tensor | None = None) -> Tensor:
        """D(x; sigma), equation 7: x (N, C, H, W) noisy, sigma (N,), labels (N,); the clean image it expects."""
        c_noise = sigma.log() / 4
        sigma = sigma.view(-1, 1, 1, 1)
        c_skip = SIGMA_DATA**2 / (sigma**2 + SIGMA_DATA**2)
        c_out = sigma * SIGMA_DATA / (sigma**2 + SIGMA_DATA**2).sqrt()
        c_in = 1 / (sigma**2 + SIGMA_DATA**2).sqrt()
        return c_skip * x + c_out * self.evaluate(c_in * x, c_noise, labels, augmentation)

    def loss(self, x: Tensor, labels: Tensor, augmentation: Tensor | None, u: Tensor, noise: Tensor) -> Tensor:
        """Equation 2 with the weight lambda(sigma) of table 1."""
        sigma = (self.P_mean + self.P_std * torch.special.ndtri(u)).exp()
        weight = (sigma**2 + SIGMA_DATA**2) / (sigma * SIGMA_DATA) ** 2
        D = self.denoise(x + sigma.view(-1, 1, 1, 1) * noise, sigma, labels, augmentation)
        weighted: Tensor = weight.view(-1, 1, 1, 1) * (D - x) ** 2
        return weighted.mean()

    def draw(self, noise: Tensor, labels: Tensor) -> Tensor:
        """Algorithm 1, deterministic."""
        # levels stay on the host: nobody asks the GPU whether this one is the last
        i = torch.arange(self.sampler_steps, dtype=torch.float64)
        ends = self.sigma_max ** (1 / self.rho), self.sigma_min ** (1 / self.rho)
        t = (ends[0] + i / max(1, self.sampler_steps - 1) * (ends[1] - ends[0])) ** self.rho
        t = torch.cat([t, torch.zeros_like(t[:1])]).float()
        x = noise * t[0]
        for t_hat, t_next in pairwise(t):
            d = (x - self.denoise(x, x.new_full((len(x),), float(t_hat)), labels)) / t_hat
            x_next = x + (t_next - t_hat) * d
            if t_next > 0:
                d_next = (x_next - self.denoise(x_next, x.new_full((len(x),), float(t_next)), labels)) / t_next
                x_next = x + (t_next - t_hat) * (d + d_next) / 2
            x = x_next
        return x
