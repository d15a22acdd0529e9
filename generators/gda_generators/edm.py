"""EDM: class-conditional diffusion after Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based
Generative Models" (arXiv 2206.00364), on diffusers' UNet2DModel. Symbols are the paper's.

What is ours is the stopping rule for small n: a tenth of the n images is held back from the gradient, the denoising
loss of the averaged weights on it is watched at fixed noise, and the weights at its minimum are kept.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import UNet2DModel
from torch import Tensor
from torch.nn import functional as F

from gda_bench.api import I64, U8, Generator, Images, RunContext, TaskInfo
from gda_bench.api.torch_tools import autocast, seeded, to_uint8, to_unit
from gda_generators.holdout import split_holdout
from gda_generators.training import train

SIGMA_DATA = 0.5
WARM_UP_STEPS = 50
SAMPLE_VALUES = 2**19
"""Values (images x height x width x channels) drawn at once."""


class EDM(Generator):
    """Preconditioned denoiser D(x; sigma), log-normal training noise, second-order Heun sampler.

    steps: optimiser steps at most. batch_size, lr: of Adam. channels: width of the first level.
    layers: residual blocks in each level. dropout: in them. ema_half_life: of the weight average, in images.
    P_mean, P_std: of ln(sigma) in training. check_every, patience: the stopping rule looks at the held-back loss
    every so many steps and ends after so many looks without a new minimum.
    sampler_steps: Heun steps N, 2N - 1 network evaluations. sigma_min, sigma_max, rho: the sampler's schedule.
    """

    def __init__(
        self,
        *,
        steps: int = 1000,
        batch_size: int = 128,
        lr: float = 1e-3,
        channels: int = 64,
        layers: int = 2,
        dropout: float = 0.1,
        ema_half_life: int = 5000,
        P_mean: float = -1.2,
        P_std: float = 1.2,
        check_every: int = 50,
        patience: int = 4,
        sampler_steps: int = 18,
        sigma_min: float = 0.002,
        sigma_max: float = 80.0,
        rho: float = 7.0,
    ) -> None:
        if channels % 8:
            raise ValueError(f"channels={channels} must be a multiple of 8")
        self.steps, self.batch_size, self.lr = steps, batch_size, lr
        self.channels, self.layers, self.dropout = channels, layers, dropout
        self.ema_half_life = ema_half_life
        self.P_mean, self.P_std = P_mean, P_std
        self.check_every, self.patience = check_every, patience
        self.sampler_steps, self.sigma_min, self.sigma_max, self.rho = (
            sampler_steps,
            sigma_min,
            sigma_max,
            rho,
        )

    def fit(self, train: Images, task: TaskInfo, ctx: RunContext) -> None:
        self.shape = task.shape
        kept, held = split_holdout(train, ctx.rng())
        with seeded(ctx.seed, ctx.device):
            self.unet = self._build(task).to(ctx.device).to(memory_format=torch.channels_last)
            self._train(kept, held, ctx)

    def sample(self, labels: I64, ctx: RunContext) -> U8:
        self.unet.to(ctx.device).to(memory_format=torch.channels_last).eval()
        batch = max(1, SAMPLE_VALUES // math.prod(self.shape))
        parts = []
        with seeded(ctx.seed, ctx.device), torch.inference_mode():
            for start in range(0, len(labels), batch):
                parts.append(self._heun(torch.from_numpy(labels[start : start + batch]).to(ctx.device), ctx))
                ctx.progress(min(1.0, (start + batch) / len(labels)))
        return np.concatenate(parts)

    def save(self, path: Path) -> None:
        self.unet.save_pretrained(path)
        (path / "shape.json").write_text(json.dumps(self.shape))

    def load(self, path: Path) -> None:
        self.unet = UNet2DModel.from_pretrained(path, low_cpu_mem_usage=False)
        self.shape = tuple(json.loads((path / "shape.json").read_text()))

    def denoise(self, x: Tensor, sigma: Tensor, labels: Tensor) -> Tensor:
        """D(x; sigma), equation 7: x (N, C, H, W) noisy, sigma (N,), labels (N,); the clean image it expects."""
        sigma = sigma.view(-1, 1, 1, 1)
        c_skip = SIGMA_DATA**2 / (sigma**2 + SIGMA_DATA**2)
        c_out = sigma * SIGMA_DATA / (sigma**2 + SIGMA_DATA**2).sqrt()
        c_in = 1 / (sigma**2 + SIGMA_DATA**2).sqrt()
        c_noise = sigma.flatten().log() / 4
        with autocast(x.device.type):
            F_x = self._network(c_in * x, c_noise, labels)
        return c_skip * x + c_out * F_x.float()

    def loss(self, x: Tensor, labels: Tensor, ln_sigma: Tensor, noise: Tensor) -> Tensor:
        """Equation 2 with the weight lambda(sigma) of table 1, for images x (N, C, H, W) and unit noise."""
        sigma = ln_sigma.exp()
        weight = (sigma**2 + SIGMA_DATA**2) / (sigma * SIGMA_DATA) ** 2
        D = self.denoise(x + sigma.view(-1, 1, 1, 1) * noise, sigma, labels)
        return (weight.view(-1, 1, 1, 1) * (D - x) ** 2).mean()

    def _build(self, task: TaskInfo) -> Any:
        """A U-Net of two levels at up to 16 positions a side and one more for each doubling."""
        side = max(task.shape[:2])
        patch = 1 if side <= 16 else 2
        levels = 2 + max(0, math.ceil(math.log2(side / patch / 16)))
        multiple = 2 ** (levels - 1)
        depth = task.shape[2] * patch**2
        return UNet2DModel(
            sample_size=[-(-s // (patch * multiple)) * multiple for s in task.shape[:2]],
            in_channels=depth,
            out_channels=depth,
            layers_per_block=self.layers,
            block_out_channels=[self.channels, *[2 * self.channels] * (levels - 1)],
            down_block_types=["DownBlock2D", *["DownBlock2D"] * (levels - 2), "AttnDownBlock2D"],
            up_block_types=["AttnUpBlock2D", *["UpBlock2D"] * (levels - 2), "UpBlock2D"],
            attention_head_dim=2 * self.channels,  # one head, as in DDPM++
            norm_num_groups=8,
            dropout=self.dropout,
            num_class_embeds=task.n_classes,
        )

    def _network(self, x: Tensor, c_noise: Tensor, labels: Tensor) -> Tensor:
        """F of the paper: larger images are folded into channels, and padded to what the levels halve evenly."""
        height, width = x.shape[2:]
        size = self.unet.config.sample_size
        patch = round((self.unet.config.in_channels / x.shape[1]) ** 0.5)
        x = F.pad(x, (0, size[1] * patch - width, 0, size[0] * patch - height), mode="replicate")
        x = F.pixel_unshuffle(x, patch)
        x = self.unet(x, c_noise, class_labels=labels).sample
        return F.pixel_shuffle(x, patch)[..., :height, :width]

    def _train(self, kept: Images, held: Images, ctx: RunContext) -> None:
        x, y = to_unit(kept.x, ctx.device), torch.from_numpy(kept.y).to(ctx.device)

        def loss() -> Tensor:
            i = torch.randint(len(x), (self.batch_size,), device=ctx.device)
            ln_sigma = self.P_mean + self.P_std * torch.randn(self.batch_size, device=ctx.device)
            return self.loss(x[i], y[i], ln_sigma, torch.randn_like(x[i]))

        train(
            self.unet,
            torch.optim.Adam(self.unet.parameters(), lr=self.lr, betas=(0.9, 0.99)),
            loss,
            self._held_back_loss(held, ctx),
            ctx,
            steps=self.steps,
            half_life=self.ema_half_life / self.batch_size,
            check_every=self.check_every,
            patience=self.patience,
            warm_up=WARM_UP_STEPS,
        )

    def _held_back_loss(self, held: Images, ctx: RunContext) -> Callable[[], float]:
        """A function of no arguments: the loss on the held-back images, at the same noise each time it is asked."""
        repeats = max(1, 512 // len(held))
        x = to_unit(held.x, ctx.device).repeat(repeats, 1, 1, 1)
        y = torch.from_numpy(held.y).to(ctx.device).repeat(repeats)
        quantile = (torch.arange(len(x), device=ctx.device) + 0.5) / len(x)
        # spread over the images: neighbours in the batch get far-apart noise levels
        quantile = quantile[torch.randperm(len(x), device=ctx.device)]
        ln_sigma = self.P_mean + self.P_std * torch.special.ndtri(quantile)
        noise = torch.randn_like(x)

        return lambda: float(self.loss(x, y, ln_sigma, noise))

    def _heun(self, labels: Tensor, ctx: RunContext) -> U8:
        """Algorithm 1, deterministic."""
        i = torch.arange(self.sampler_steps, device=ctx.device, dtype=torch.float64)
        ends = self.sigma_max ** (1 / self.rho), self.sigma_min ** (1 / self.rho)
        t = (ends[0] + i / (self.sampler_steps - 1) * (ends[1] - ends[0])) ** self.rho
        t = torch.cat([t, torch.zeros_like(t[:1])]).float()
        height, width, depth = self.shape
        x = torch.randn(len(labels), depth, height, width, device=ctx.device) * t[0]
        for t_hat, t_next in pairwise(t):
            d = (x - self.denoise(x, t_hat.expand(len(x)), labels)) / t_hat
            x_next = x + (t_next - t_hat) * d
            if t_next > 0:
                d_next = (x_next - self.denoise(x_next, t_next.expand(len(x)), labels)) / t_next
                x_next = x + (t_next - t_hat) * (d + d_next) / 2
            x = x_next
        return to_uint8(x)
