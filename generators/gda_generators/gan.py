"""What the GANs here share as generators: a pair of networks that is built, trained, drawn from, written and read."""

from __future__ import annotations

import json
import math
from abc import abstractmethod
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from gda_bench.api import I64, U8, Generator, Images, RunContext, TaskInfo
from gda_bench.api.torch_tools import autocast, seeded, to_uint8
from gda_generators.adversarial import GeneratorNetwork, train_pair
from gda_generators.diffaugment import DiffAugment
from gda_generators.holdout import split_holdout
from gda_generators.signals import refuse_signals
from gda_generators.warm_start import load_matching, require_same_shape

CLASS_TABLES = ("embed", "classify")
"""Submodules of either network with a row for each class."""
SAMPLE_VALUES = 2**19
"""Values (images x height x width x channels) drawn at once."""


class GAN(Generator):
    """A subclass builds the two networks; see gda_generators.adversarial for what they must offer.

    Its constructor sets what train_pair asks for. class_weight is 0 for a discriminator that does not classify.
    """

    steps: int
    batch_size: int
    lr: float
    lr_discriminator: float
    slope_penalty: float
    augment: str
    class_weight: float = 0.0
    diversity_weight: float
    ema_half_life: int
    check_every: int
    patience: int

    shape: tuple[int, int, int]
    n_classes: int
    generator: GeneratorNetwork
    discriminator: nn.Module

    def supports(self, task: TaskInfo) -> str | None:
        return refuse_signals(task, "its two networks are made for pictures")

    @abstractmethod
    def build(self) -> tuple[GeneratorNetwork, nn.Module]:
        """Fresh networks (generator, discriminator) for self.shape and self.n_classes."""

    def train(self, kept: Images, held: Images, ctx: RunContext) -> None:
        """Train both; `held` is kept from the gradient."""
        train_pair(
            self.generator,
            self.discriminator,
            kept,
            held,
            ctx,
            steps=self.steps,
            batch_size=self.batch_size,
            lr=self.lr,
            lr_discriminator=self.lr_discriminator,
            slope_penalty=self.slope_penalty,
            augment=DiffAugment(self.augment),
            class_weight=self.class_weight,
            diversity_weight=self.diversity_weight,
            half_life=self.ema_half_life / self.batch_size,
            check_every=self.check_every,
            patience=self.patience,
        )

    def fit(self, train: Images, task: TaskInfo, ctx: RunContext) -> None:
        before = (self.generator, self.discriminator) if hasattr(self, "generator") else None
        if before:
            require_same_shape(self.shape, task.shape)
        self.shape, self.n_classes = task.shape, task.n_classes
        kept, held = split_holdout(train, ctx.rng())
        with seeded(ctx.seed, ctx.device):
            pair = self.build()
            for network, learnt in zip(pair, before or (), strict=False):
                load_matching(network, learnt.state_dict(), CLASS_TABLES)
            for network in pair:
                network.to(ctx.device).to(memory_format=torch.channels_last)
            self.generator, self.discriminator = pair
            self.train(kept, held, ctx)
            for network in pair:
                network.to(memory_format=torch.contiguous_format)  # as files hold them

    def sample(self, labels: I64, ctx: RunContext) -> U8:
        self.generator.to(ctx.device).eval()
        self.discriminator.to(ctx.device).eval()
        batch = max(1, SAMPLE_VALUES // math.prod(self.shape))
        parts = []
        with seeded(ctx.seed, ctx.device), torch.inference_mode():
            for start in range(0, len(labels), batch):
                parts.append(to_uint8(self.draw(torch.from_numpy(labels[start : start + batch]).to(ctx.device), ctx)))
                ctx.progress(min(1.0, (start + batch) / len(labels)))
        return np.concatenate(parts)

    def draw(self, y: Tensor, ctx: RunContext) -> Tensor:
        """Images (N, C, H, W) in [-1, 1] for labels (N,)."""
        with autocast(ctx.device):
            images: Tensor = self.generator(self.generator.draw_z(len(y), ctx.device), y)
        return images.float()

    def save(self, path: Path) -> None:
        save_file(self.generator.state_dict(), path / "generator.safetensors")
        save_file(self.discriminator.state_dict(), path / "discriminator.safetensors")
        (path / "shape.json").write_text(json.dumps({"shape": self.shape, "n_classes": self.n_classes}))

    def load(self, path: Path) -> None:
        known = json.loads((path / "shape.json").read_text())
        height, width, depth = known["shape"]
        self.shape, self.n_classes = (height, width, depth), known["n_classes"]
        self.generator, self.discriminator = self.build()
        self.generator.load_state_dict(load_file(path / "generator.safetensors"))
        self.discriminator.load_state_dict(load_file(path / "discriminator.safetensors"))
