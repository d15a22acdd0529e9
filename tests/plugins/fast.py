"""Complete plugins that take milliseconds: a generator that adds noise, a classifier of class means."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import numpy as np

from gda_bench.api import F32, I64, U8, Batch, Batches, Classifier, Generator, Images, RunContext, TaskInfo


class Jitter(Generator):
    """The n real images with noise of a standard deviation of `sigma` grey levels."""

    def __init__(self, sigma: float = 40.0) -> None:
        self.sigma = sigma

    def fit(self, train: Images, task: TaskInfo, ctx: RunContext) -> None:
        self.train = train

    def sample(self, labels: I64, ctx: RunContext) -> U8:
        rng = ctx.rng()
        chosen = [rng.choice(np.flatnonzero(self.train.y == label)) for label in labels]
        x = self.train.x[chosen] + rng.normal(scale=self.sigma, size=(len(labels), *self.train.x.shape[1:]))
        return x.clip(0, 255).astype(np.uint8)

    def save(self, path: Path) -> None:
        np.savez(path / "train.npz", x=self.train.x, y=self.train.y)

    def load(self, path: Path) -> None:
        with np.load(path / "train.npz") as f:
            self.train = Images(f["x"], f["y"])


class Centroid(Classifier):
    """Nearest class mean of all images that the batches name.

    Logs each training to $GDA_TEST_LOG; takes $GDA_TEST_DELAY seconds, for tests that interrupt it.
    """

    def fit(self, batches: Batches, task: TaskInfo, ctx: RunContext) -> None:
        time.sleep(float(os.environ.get("GDA_TEST_DELAY", "0")))
        seen = np.unique(np.concatenate([batch.index for batch in self.batches(batches)]))
        x, y = batches.x[seen].reshape(len(seen), -1).astype(float), batches.y[seen]
        overall = x.mean(0)
        self.means = np.stack([x[y == c].mean(0) if (y == c).any() else overall for c in range(task.n_classes)])
        if log := os.environ.get("GDA_TEST_LOG"):
            with Path(log).open("a") as f:
                f.write("trained\n")

    def batches(self, batches: Batches) -> Iterable[Batch]:
        return batches

    def predict_proba(self, x: U8) -> F32:
        flat = x.reshape(len(x), -1).astype(float)
        closeness = -((flat[:, None] - self.means[None]) ** 2).mean(2) / 500
        e = np.exp(closeness - closeness.max(1, keepdims=True))
        return (e / e.sum(1, keepdims=True)).astype(np.float32)


class Lazy(Centroid):
    """Takes one batch fewer than its budget."""

    def batches(self, batches: Batches) -> Iterable[Batch]:
        return islice(batches, len(batches) - 1)


class Blind(Centroid):
    """Cannot be looked through: its audits fail, its arms do not."""

    def features(self, x: U8) -> F32:
        raise RuntimeError("nothing to be seen here")


class Fatal(Centroid):
    """Takes its worker down when it is given ten images."""

    def fit(self, batches: Batches, task: TaskInfo, ctx: RunContext) -> None:
        if len(batches.x) == 10:
            os._exit(9)
        super().fit(batches, task, ctx)


class Crashing(Jitter):
    """Fits, and then cannot sample."""

    def sample(self, labels: I64, ctx: RunContext) -> U8:
        raise RuntimeError("the sampler fell over")


class Dying(Jitter):
    """Takes its whole process down."""

    def fit(self, train: Images, task: TaskInfo, ctx: RunContext) -> None:
        os._exit(9)


class WrongShape(Jitter):
    def sample(self, labels: I64, ctx: RunContext) -> U8:
        return super().sample(labels, ctx)[:, :4]


class Threads(Jitter):
    """Notes how many threads it may compute with."""

    def fit(self, train: Images, task: TaskInfo, ctx: RunContext) -> None:
        import torch

        ctx.note("threads", torch.get_num_threads())
        super().fit(train, task, ctx)


class Peeking(Jitter):
    """Wants images that only controls may have."""

    needs_held_out = True
