"""Generators with a known fault that an audit must find."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gda_bench.api import I64, U8, Generator, Images, RunContext, TaskInfo


class Blends(Generator):
    """Means of the training images of a class, unevenly weighted and noisy: like no single image."""

    def fit(self, train: Images, task: TaskInfo, ctx: RunContext) -> None:
        self.train = train

    def sample(self, labels: I64, ctx: RunContext) -> U8:
        rng = ctx.rng()
        out = np.empty((len(labels), *self.train.x.shape[1:]))
        for i, label in enumerate(labels):
            members = self.train.x[self.train.y == label].astype(float)
            out[i] = np.tensordot(rng.dirichlet(np.full(len(members), 20.0)), members, 1)
        return (out + rng.normal(scale=20, size=out.shape)).clip(0, 255).astype(np.uint8)

    def save(self, path: Path) -> None:
        np.savez(path / "train.npz", x=self.train.x, y=self.train.y)

    def load(self, path: Path) -> None:
        with np.load(path / "train.npz") as f:
            self.train = Images(f["x"], f["y"])


class PartCopier(Blends):
    """Every tenth sample is a training image of the class with a little noise; the rest are blends."""

    def sample(self, labels: I64, ctx: RunContext) -> U8:
        out, rng = super().sample(labels, ctx), np.random.default_rng(ctx.seed + 1)
        for i in range(0, len(labels), 10):
            source = rng.choice(np.flatnonzero(self.train.y == labels[i]))
            out[i] = (self.train.x[source] + rng.normal(scale=1, size=out.shape[1:])).clip(0, 255).astype(np.uint8)
        return out


class Thief(Blends):
    """Every fifth sample is an image of the test split of digits, which it fetches for itself; the rest are blends."""

    def sample(self, labels: I64, ctx: RunContext) -> U8:
        from gda_tasks.digits import Digits

        out, stolen = super().sample(labels, ctx), Digits().load("test", Path())
        for i in range(0, len(labels), 5):
            out[i] = stolen.x[ctx.rng().choice(np.flatnonzero(stolen.y == labels[i]))]
        return out
