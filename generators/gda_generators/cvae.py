"""`cvae`: a conditional variational autoencoder (Sohn et al. 2015; Kingma & Welling 2014) with a Gaussian likelihood
whose variance is set to the mean squared error, so that no weight has to be chosen (sigma-VAE, Rybkin et al. 2021).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from gda_bench.api import I64, U8, Generator, Images, RunContext, TaskInfo
from gda_bench.api.torch_tools import on_device, seeded, to_uint8, unit
from gda_generators.balance import BalancedDraw
from gda_generators.folding import check_grid, fold_to
from gda_generators.holdout import split_holdout
from gda_generators.signals import along_time
from gda_generators.training import train
from gda_generators.warm_start import load_matching, require_same_shape

HELD_AT_ONCE = 256


class CVAE(Generator):
    """Convolutional encoder and decoder, both told the class; along time where images are signals.

    steps: optimiser steps at most. latent: dimensions of z. channels: width of the first level. grid: positions a side
    at most, for pictures: above it 2 x 2, 4 x 4 ... pixels become the channels of one, as few as that takes; at half
    the grid a step takes about a quarter of the time. ema_half_life: of the weight average, in steps. check_every,
    patience: the stopping rule looks at the loss of a held-back tenth of the n images every so many steps and ends
    after so many looks without a new minimum.

    A second `fit` goes on from the weights of the first, with a fresh optimiser.
    """

    quick: ClassVar[Mapping[str, Any]] = {"steps": 3, "batch_size": 8, "channels": 8, "check_every": 2}

    version: ClassVar[int] = 3
    shape: tuple[int, int, int]
    network: _Network

    def __init__(
        self,
        *,
        steps: int = 2000,
        batch_size: int = 128,
        lr: float = 1e-3,
        latent: int = 32,
        channels: int = 32,
        grid: int | None = None,
        ema_half_life: int = 50,
        check_every: int = 50,
        patience: int = 6,
    ) -> None:
        check_grid(grid)
        self.steps, self.batch_size, self.lr = steps, batch_size, lr
        self.latent, self.channels, self.grid, self.ema_half_life = latent, channels, grid, ema_half_life
        self.check_every, self.patience = check_every, patience

    def fit(self, train: Images, task: TaskInfo, ctx: RunContext) -> None:
        before = self.network.state_dict() if hasattr(self, "network") else None
        if before:
            require_same_shape(self.shape, task.shape)
        self.shape, self.n_classes = task.shape, task.n_classes
        kept, held = split_holdout(train, ctx.rng())
        with seeded(ctx.seed, ctx.device):
            self.network = self._build()
            if before:
                load_matching(self.network, before, ("embed",))
            self.network.to(ctx.device)
            self._train(kept, held, ctx)

    def sample(self, labels: I64, ctx: RunContext) -> U8:
        self.network.to(ctx.device).eval()
        parts = []
        with seeded(ctx.seed, ctx.device), torch.inference_mode():
            for start in range(0, len(labels), 1024):
                y = torch.from_numpy(labels[start : start + 1024]).to(ctx.device)
                z = torch.randn(len(y), self.latent, device=ctx.device)
                parts.append(to_uint8(self.network.decode(z, y)))
                ctx.progress(min(1.0, (start + 1024) / len(labels)))
        return np.concatenate(parts)

    def save(self, path: Path) -> None:
        save_file(self.network.state_dict(), path / "cvae.safetensors")
        np.savez(path / "shape.npz", shape=self.shape, n_classes=self.n_classes)

    def load(self, path: Path) -> None:
        with np.load(path / "shape.npz", allow_pickle=False) as f:
            height, width, depth = f["shape"].tolist()
            self.shape, self.n_classes = (height, width, depth), int(f["n_classes"])
        self.network = self._build()
        self.network.load_state_dict(load_file(path / "cvae.safetensors"))

    def _build(self) -> _Network:
        return _Network(self.shape, self.n_classes, self.latent, self.channels, self.grid)

    def _train(self, kept: Images, held: Images, ctx: RunContext) -> None:
        x, y = on_device(kept.x, ctx.device), torch.from_numpy(kept.y).to(ctx.device)
        held_x, held_y = on_device(held.x, ctx.device), torch.from_numpy(held.y).to(ctx.device)
        draw = BalancedDraw(y)

        def loss() -> Tensor:
            i = draw(self.batch_size)
            return negative_bound(*self.network.terms(unit(x[i]), y[i], draw=True))

        def held_back() -> float:
            parts = zip(held_x.split(HELD_AT_ONCE), held_y.split(HELD_AT_ONCE), strict=True)
            terms = torch.stack([self.network.terms(unit(x), y, draw=False) * len(y) for x, y in parts])
            return float(negative_bound(*terms.sum(0) / len(held_y)))

        train(
            self.network,
            torch.optim.AdamW(self.network.parameters(), lr=self.lr, fused=True),
            loss,
            held_back,
            ctx,
            steps=self.steps,
            half_life=self.ema_half_life,
            check_every=self.check_every,
            patience=self.patience,
        )


class _Network(nn.Module):
    def __init__(self, shape: tuple[int, int, int], n_classes: int, latent: int, width: int, grid: int | None) -> None:
        super().__init__()
        height, wide, depth = shape
        self.size = (height, wide)
        self.fold = fold_to(None if height == 1 else grid, max(self.size))
        depth *= self.fold**2
        # two halvings, of what is padded to a multiple of four; a signal, of height 1, along time alone
        self.small = (-(-height // (4 * self.fold)), -(-wide // (4 * self.fold)))
        self.padding = (
            0,
            self.small[1] * 4 * self.fold - wide,
            0,
            (height > 1) * (self.small[0] * 4 * self.fold - height),
        )
        cells = self.small[0] * self.small[1]
        self.width = width
        self.embed = nn.Embedding(n_classes, width)
        self.encoder = nn.Sequential(
            nn.Conv2d(depth + width, width, 3, 1, 1), nn.SiLU(),
            nn.Conv2d(width, 2 * width, 3, 2, 1), nn.GroupNorm(8, 2 * width), nn.SiLU(),
            nn.Conv2d(2 * width, 4 * width, 3, 2, 1), nn.GroupNorm(8, 4 * width), nn.SiLU(),
            nn.Flatten(), nn.Linear(4 * width * cells, 2 * latent),
        )  # fmt: skip
        self.decoder = nn.Sequential(
            nn.Linear(latent + width, 4 * width * cells), nn.Unflatten(1, (4 * width, *self.small)),
            nn.GroupNorm(8, 4 * width), nn.SiLU(), nn.Upsample(scale_factor=2),
            nn.Conv2d(4 * width, 2 * width, 3, 1, 1), nn.GroupNorm(8, 2 * width), nn.SiLU(),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(2 * width, width, 3, 1, 1), nn.GroupNorm(8, width), nn.SiLU(),
            nn.Conv2d(width, depth, 3, 1, 1), nn.Tanh(),
        )  # fmt: skip
        if height == 1:
            along_time(self)

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of q(z | x, y), each (N, latent)."""
        x = F.pixel_unshuffle(F.pad(x, self.padding), self.fold)
        told = self.embed(y)[:, :, None, None].expand(-1, -1, *x.shape[2:])
        mean, log_var = self.encoder(torch.cat([x, told], 1)).chunk(2, 1)
        return mean, log_var.clamp(-10, 10)

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        """Images in [-1, 1], (N, C, H, W)."""
        x = F.pixel_shuffle(self.decoder(torch.cat([z, self.embed(y)], 1)), self.fold)
        return x[:, :, : self.size[0], : self.size[1]]

    def terms(self, x: Tensor, y: Tensor, draw: bool) -> Tensor:
        """Mean squared error and divergence in nats per pixel, (2,); z is drawn, or q's mean where `draw` is false."""
        mean, log_var = self.encode(x, y)
        z = mean + torch.randn_like(mean) * (log_var / 2).exp() if draw else mean
        kl = 0.5 * (mean**2 + log_var.exp() - 1 - log_var).sum(1).mean() / x[0].numel()
        return torch.stack([(self.decode(z, y) - x).pow(2).mean(), kl])


def negative_bound(squared_error: Tensor, divergence: Tensor) -> Tensor:
    """The evidence lower bound with its sign turned, in nats per pixel, at the best variance for this error."""
    return 0.5 * torch.log(squared_error + 1e-6) + divergence
