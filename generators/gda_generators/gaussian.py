"""`gaussian`: one Gaussian per class in pixel space, by probabilistic PCA (Tipping & Bishop 1999)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from gda_bench.api import I64, U8, Generator, Images, RunContext, TaskInfo


class Gaussian(Generator):
    """Mean and leading principal components of each class.

    components: at most this many directions. noise: share, 0 to 1, of the white noise that
    stands for the others.
    """

    def __init__(self, *, components: int = 32, noise: float = 0.0) -> None:
        if components < 1 or not 0 <= noise <= 1:
            raise ValueError(f"components={components} must be at least 1 and noise={noise} between 0 and 1")
        self.components, self.noise = components, noise

    def fit(self, train: Images, task: TaskInfo, ctx: RunContext) -> None:
        from sklearn.decomposition import PCA  # 2 s, which a run that reuses its fits is spared

        self.shape = task.shape
        self.model: dict[str, NDArray[Any]] = {"shape": np.array(task.shape)}
        for c in np.unique(train.y):
            x = train.x[train.y == c].reshape((train.y == c).sum(), -1).astype(np.float32)
            k = min(self.components, len(x) - 1, x.shape[1])
            self.model[f"mean{c}"] = x.mean(0)
            if k < 1:
                continue
            pca = PCA(k, svd_solver="full").fit(x)
            self.model[f"axes{c}"] = pca.components_ * np.sqrt(pca.explained_variance_)[:, None]
            self.model[f"rest{c}"] = np.array(np.sqrt(max(float(pca.noise_variance_), 0.0)), np.float32)

    def sample(self, labels: I64, ctx: RunContext) -> U8:
        rng = ctx.rng()
        out = np.empty((len(labels), int(np.prod(self.shape))), np.uint8)
        for c in np.unique(labels):
            at = np.flatnonzero(labels == c)
            x = np.repeat(self.model[f"mean{c}"][None], len(at), axis=0)
            if f"axes{c}" in self.model:
                axes = self.model[f"axes{c}"]
                x = x + rng.normal(size=(len(at), len(axes))) @ axes
                x = x + self.noise * self.model[f"rest{c}"] * rng.normal(size=x.shape)
            out[at] = x.astype(np.float32).round().clip(0, 255)
        return out.reshape(len(labels), *self.shape)

    def save(self, path: Path) -> None:
        # safetensors writes the bytes as they lie, in whatever order
        contiguous = {name: np.ascontiguousarray(value) for name, value in self.model.items()}
        save_file(contiguous, path / "gaussian.safetensors")

    def load(self, path: Path) -> None:
        self.model = load_file(path / "gaussian.safetensors")
        height, width, depth = self.model["shape"].tolist()
        self.shape = (height, width, depth)
