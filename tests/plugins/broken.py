"""Plugins that each break one promise."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np

from gda_bench.api import F32, I64, U8, Batches, Classifier, Generator, Images, RunContext, TaskInfo, Track, Weights


class Honest(Generator):
    """Class means with noise."""

    def fit(self, train: Images, task: TaskInfo, ctx: RunContext) -> None:
        self.mean = np.stack(
            [(train.x[train.y == c] if (train.y == c).any() else train.x).mean(0) for c in range(task.n_classes)]
        )

    def sample(self, labels: I64, ctx: RunContext) -> U8:
        return self.noisy(labels, ctx.rng())

    def noisy(self, labels: I64, rng: np.random.Generator) -> U8:
        x = self.mean[labels] + rng.normal(scale=9, size=(len(labels), *self.mean.shape[1:]))
        return x.clip(0, 255).astype(np.uint8)

    def save(self, path: Path) -> None:
        np.savez(path / "mean.npz", mean=self.mean)

    def load(self, path: Path) -> None:
        with np.load(path / "mean.npz") as f:
            self.mean = f["mean"]


class Unseeded(Honest):
    def fit(self, train: Images, task: TaskInfo, ctx: RunContext) -> None:
        super().fit(train, task, ctx)
        self.mean = self.mean + np.random.default_rng().normal(size=self.mean.shape)


class Deaf(Honest):
    def sample(self, labels: I64, ctx: RunContext) -> U8:
        return self.noisy(labels, np.random.default_rng(0))


class Forgetful(Honest):
    """Keeps a part of what it learnt in a place of its own."""

    def save(self, path: Path) -> None:
        super().save(path)
        (path / "where.txt").write_text(str(path))

    def load(self, path: Path) -> None:
        super().load(Path((path / "where.txt").read_text()))


class Pickler(Honest):
    def save(self, path: Path) -> None:
        with (path / "mean.dat").open("wb") as f:
            pickle.dump(self.mean, f)

    def load(self, path: Path) -> None:
        with (path / "mean.dat").open("rb") as f:
            self.mean = pickle.load(f)


class Objects(Honest):
    """An npz that holds a pickle."""

    def save(self, path: Path) -> None:
        np.savez(path / "mean.npz", mean=self.mean, more=np.array([{"a": 1}], object))


class Borrower(Honest):
    """Says closed, and reads weights that lie beside its code."""

    def fit(self, train: Images, task: TaskInfo, ctx: RunContext) -> None:
        super().fit(train, task, ctx)
        (Path(__file__).parent / "learnt.safetensors").read_bytes()


class AsksWhileClosed(Honest):
    def weights(self) -> Mapping[str, Weights]:
        return {"base": Weights("/somewhere")}


class NoTrack(Honest):
    track: ClassVar[Track] = "half-open"  # type: ignore[assignment]


class SignalsOnly(Honest):
    def supports(self, task: TaskInfo) -> str | None:
        return None if task.is_signal else "images must be signals"


class SquareOnly(Honest):
    """Refuses, with a reason, what it cannot do."""

    def supports(self, task: TaskInfo) -> str | None:
        return None if task.shape[0] == task.shape[1] else "images must be square"


class NeedsMany(Honest):
    def fit(self, train: Images, task: TaskInfo, ctx: RunContext) -> None:
        for c in range(task.n_classes):
            if (train.y == c).sum() == 1:
                raise ValueError("a class needs two images")
        super().fit(train, task, ctx)


class Flat(Classifier):
    """Says the same of everything."""

    def fit(self, batches: Batches, task: TaskInfo, ctx: RunContext) -> None:
        self.classes = task.n_classes
        for _ in batches:
            pass

    def predict_proba(self, x: U8) -> F32:
        return np.full((len(x), self.classes), 1 / self.classes, np.float32)


class Whimsical(Flat):
    def predict_proba(self, x: U8) -> F32:
        p = np.random.default_rng().random((len(x), self.classes)).astype(np.float32)
        return p / p.sum(1, keepdims=True)


class Halfway(Flat):
    def fit(self, batches: Batches, task: TaskInfo, ctx: RunContext) -> None:
        self.classes = task.n_classes
        next(iter(batches))


class Amnesic(Flat):
    """Comes back with other classes' weights."""

    keeps = True

    def fit(self, batches: Batches, task: TaskInfo, ctx: RunContext) -> None:
        super().fit(batches, task, ctx)
        self.weight = ctx.rng().random(self.classes)

    def predict_proba(self, x: U8) -> F32:
        return np.tile(self.weight / self.weight.sum(), (len(x), 1)).astype(np.float32)

    def save(self, path: Path) -> None:
        np.save(path / "weight.npy", self.weight)

    def load(self, path: Path, task: TaskInfo, device: str) -> None:
        self.classes = task.n_classes
        self.weight = np.load(path / "weight.npy")[::-1]


class PicklingClassifier(Amnesic):
    def save(self, path: Path) -> None:
        (path / "weight.pkl").write_bytes(pickle.dumps(self.weight))
