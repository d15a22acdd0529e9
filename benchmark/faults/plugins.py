"""Components that take a tenth of a second: many cells, and so many moments to be killed in."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from gda_bench.api import F32, I64, U8, Batches, Classifier, Generator, Images, RunContext, TaskInfo

SECONDS = 0.1


class Jitter(Generator):
    """The n real images with noise."""

    def fit(self, train: Images, task: TaskInfo, ctx: RunContext) -> None:
        time.sleep(SECONDS)
        self.train = train

    def sample(self, labels: I64, ctx: RunContext) -> U8:
        rng = ctx.rng()
        chosen = [rng.choice(np.flatnonzero(self.train.y == label)) for label in labels]
        x = self.train.x[chosen] + rng.normal(scale=40.0, size=(len(labels), *self.train.x.shape[1:]))
        return x.clip(0, 255).astype(np.uint8)

    def save(self, path: Path) -> None:
        np.savez(path / "train.npz", x=self.train.x, y=self.train.y)

    def load(self, path: Path) -> None:
        with np.load(path / "train.npz") as f:
            self.train = Images(f["x"], f["y"])


class Centroid(Classifier):
    """Nearest class mean."""

    def fit(self, batches: Batches, task: TaskInfo, ctx: RunContext) -> None:
        time.sleep(SECONDS)
        seen = np.unique(np.concatenate([batch.index for batch in batches]))
        x, y = batches.x[seen].reshape(len(seen), -1).astype(float), batches.y[seen]
        self.means = np.stack([x[y == c].mean(0) for c in range(task.n_classes)])

    def predict_proba(self, x: U8) -> F32:
        flat = x.reshape(len(x), -1).astype(float)
        closeness = -((flat[:, None] - self.means[None]) ** 2).mean(2) / 500
        e = np.exp(closeness - closeness.max(1, keepdims=True))
        return (e / e.sum(1, keepdims=True)).astype(np.float32)
