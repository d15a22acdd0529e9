"""What every diffusion method here shares: the recipe for small n, and the way from images to images.

The recipe, ours: a tenth of the n images is held back from the gradient, the loss of the averaged weights on it is
watched at fixed noise and the weights at its minimum are kept; augmentation that does not leak (augment.py); rare
classes drawn more often (balance.py); every batch covers the noise levels evenly.
"""

from __future__ import annotations

import json
import math
from abc import abstractmethod
from collections.abc import Callable
from copy import copy, deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
import torch
from safetensors.torch import load_model, save_model
from torch import Tensor, nn

from gda_bench.api import I64, U8, Generator, Images, RunContext, TaskInfo
from gda_bench.api.torch_tools import autocast, on_device, seeded, to_uint8, unit
from gda_generators.augment import augment
from gda_generators.balance import BalancedDraw
from gda_generators.holdout import split_holdout
from gda_generators.training import train
from gda_generators.warm_start import load_matching, require_same_shape

WARM_UP_STEPS = 50
MOST_AUGMENTED = 0.3
"""At this probability of each transform a sixth of the images stays as it is."""
HELD_BACK_EVALUATIONS = 512
HELD_BACK_BATCHES = 4
"""Evaluated together: without a gradient they need less memory than a step, and a fifth or a quarter less time than
one by one."""
AT_ONCE = {"cpu": 2**16, "cuda": 2**20}
"""Values (images x height x width x channels) drawn together, by kind of device: as many as are fastest."""


@dataclass(kw_only=True, eq=False)
class Diffusion(Generator):
    """A network that undoes noise. A method says what its network is, its loss and its sampler.

    steps: optimiser steps at most. batch_size, lr: of Adam. ema_half_life: of the weight average, in images.
    augment: probability of each transform, 0 to 0.3. balance: 0 draws every image equally often, 1 every class.
    check_every, patience: the stopping rule looks at the held-back loss every so many steps and ends after so many
    looks without a new minimum.
    """

    steps: int = 1000
    batch_size: int = 128
    lr: float = 1e-3
    ema_half_life: int = 5000
    augment: float = 0.15
    balance: float = 0.5
    check_every: int = 50
    patience: int = 4
    network: nn.Module | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        if not 0 <= self.augment <= MOST_AUGMENTED:
            raise ValueError(
                f"augment={self.augment} must be between 0 and {MOST_AUGMENTED}: with more the network would hardly "
                "see an image as it is, which is what it is asked to draw"
            )

    @abstractmethod
    def build(self, shape: tuple[int, int, int], n_classes: int) -> nn.Module:
        """An untrained network for images of `shape` (H, W, C): see `evaluate`."""

    @abstractmethod
    def loss(self, x: Tensor, labels: Tensor, augmentation: Tensor | None, u: Tensor, noise: Tensor) -> Tensor:
        """Of images x (N, C, H, W) in [-1, 1] and unit noise; u (N,), uniform in (0, 1), decides the noise level."""

    @abstractmethod
    def draw(self, noise: Tensor, labels: Tensor) -> Tensor:
        """Unit noise (N, C, H, W) and labels (N,) in, images in [-1, 1] out."""

    def evaluate(self, x: Tensor, t: Tensor, labels: Tensor, augmentation: Tensor | None = None) -> Tensor:
        """The network at x (N, C, H, W) and noise level t (N,), in the method's own units; float32 (N, C, H, W)."""
        assert self.network is not None, "fit or load first"
        with autocast(x.device.type):
            out: Tensor = self.network(x, t, labels, augmentation)
        return out.float()

    def fit(self, train: Images, task: TaskInfo, ctx: RunContext) -> None:
        kept, held = split_holdout(train, ctx.rng())
        with seeded(ctx.seed, ctx.device):
            self.begin(task, ctx.device)
            self.learn(_tensors(kept, ctx.device), _tensors(held, ctx.device), ctx)

    def sample(self, labels: I64, ctx: RunContext) -> U8:
        batch = max(1, AT_ONCE[torch.device(ctx.device).type] // math.prod(self.shape))
        parts = []
        with seeded(ctx.seed, ctx.device), torch.inference_mode(), autocast(ctx.device):
            drawer = self._for_drawing(ctx.device)
            for start in range(0, len(labels), batch):
                y = torch.from_numpy(labels[start : start + batch]).to(ctx.device)
                parts.append(to_uint8(drawer.draw(drawer.noise(len(y), ctx.device), y)))
                ctx.progress(min(1.0, (start + batch) / len(labels)))
        return np.concatenate(parts)

    def _for_drawing(self, device: str) -> Self:
        """This generator with a network that holds its weights in the precision that autocast computes in."""
        assert self.network is not None, "fit or load first"
        drawer = copy(self)
        drawer.network = _laid_out(deepcopy(self.network), device).eval()
        if torch.is_autocast_enabled(torch.device(device).type):
            for parameter in drawer.network.parameters():  # and no buffer: statistics of the data stay exact
                parameter.data = parameter.data.bfloat16()
        return drawer

    def noise(self, n: int, device: str) -> Tensor:
        """Unit noise to start n images from, (n, C, H, W)."""
        height, width, depth = self.shape
        return torch.randn(n, depth, height, width, device=device)

    def save(self, path: Path) -> None:
        assert self.network is not None, "fit or load first"
        save_model(self.network, str(path / "network.safetensors"))
        (path / "task.json").write_text(json.dumps({"shape": self.shape, "n_classes": self.n_classes}))

    def load(self, path: Path) -> None:
        task = json.loads((path / "task.json").read_text())
        height, width, depth = task["shape"]
        self.shape, self.n_classes = (height, width, depth), task["n_classes"]
        self.network = self.build(self.shape, self.n_classes)
        load_model(self.network, str(path / "network.safetensors"))

    def begin(self, task: TaskInfo, device: str) -> None:
        """A fresh network, or one that goes on from the weights that this generator holds."""
        if self.network is not None:
            require_same_shape(self.shape, task.shape)
        network = self.build(task.shape, task.n_classes)
        if self.network is not None:
            tables = [name for name, _ in network.named_modules() if name.endswith("condition.classes")]
            load_matching(network, self.network.state_dict(), tables)
        self.shape, self.n_classes = task.shape, task.n_classes
        self.network = _laid_out(network, device)

    def learn(self, kept: tuple[Tensor, Tensor], held: tuple[Tensor, Tensor], ctx: RunContext) -> None:
        """Train the network on (x, y), x (N, C, H, W), images in uint8 or latents; `held` decides when to stop."""
        assert self.network is not None
        x, y = kept
        positions = BalancedDraw(y, self.balance)

        def loss() -> Tensor:
            i = positions(self.batch_size)
            x_i, augmentation = augment(unit(x[i]), self.augment)
            return self.loss(x_i, y[i], augmentation, _even(self.batch_size, x.device), torch.randn_like(x_i))

        train(
            self.network,
            torch.optim.Adam(self.network.parameters(), lr=self.lr, betas=(0.9, 0.99), fused=True),
            loss,
            self._held_back_loss(*held),
            ctx,
            steps=self.steps,
            half_life=self.ema_half_life / self.batch_size,
            check_every=self.check_every,
            patience=self.patience,
            warm_up=WARM_UP_STEPS,
        )

    def _held_back_loss(self, x: Tensor, y: Tensor) -> Callable[[], float]:
        """A function of no arguments: the loss on the held-back images, at the same noise each time it is asked."""
        repeats = max(1, HELD_BACK_EVALUATIONS // len(x))
        x, y = x.repeat(repeats, 1, 1, 1), y.repeat(repeats)
        u, noise = _even(len(x), x.device), torch.randn(x.shape, device=x.device)
        at_once = HELD_BACK_BATCHES * self.batch_size
        parts = list(zip(*(some.split(at_once) for some in (x, y, u, noise)), strict=True))

        def held_back() -> float:
            found = [self.loss(unit(x_i), y_i, None, u_i, noise_i) * len(x_i) for x_i, y_i, u_i, noise_i in parts]
            return float(torch.stack(found).sum()) / len(x)

        return held_back


def _laid_out(network: nn.Module, device: str) -> nn.Module:
    """On the device, in the memory format that its convolutions are fastest in."""
    fastest = torch.channels_last if torch.device(device).type == "cuda" else torch.contiguous_format
    return network.to(device).to(memory_format=fastest)


def _tensors(images: Images, device: str) -> tuple[Tensor, Tensor]:
    return on_device(images.x, device), torch.from_numpy(images.y).to(device)


def _even(n: int, device: torch.device) -> Tensor:
    """n numbers in (0, 1), one in each n-th of it, in random order (n,)."""
    return (torch.randperm(n, device=device) + torch.rand(n, device=device).clamp(1e-3, 1 - 1e-3)) / n
