"""`copy`: the null control. Its samples are the n real images over again, worth no image more."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np

from gda_bench.api import I64, U8, Generator, Images, RunContext, TaskInfo, Track


class Copy(Generator):
    """Every image of a class once, in an order drawn by seed, before any comes again."""

    track: ClassVar[Track] = "control"

    def fit(self, train: Images, task: TaskInfo, ctx: RunContext) -> None:
        self.train = train

    def sample(self, labels: I64, ctx: RunContext) -> U8:
        rng = ctx.rng()
        chosen = np.empty(len(labels), np.int64)
        for c in np.unique(labels):
            wanted = np.flatnonzero(labels == c)
            members = rng.permutation(np.flatnonzero(self.train.y == c))
            chosen[wanted] = np.resize(members, len(wanted))
        return self.train.x[chosen]

    def save(self, path: Path) -> None:
        np.savez(path / "images.npz", x=self.train.x, y=self.train.y)

    def load(self, path: Path) -> None:
        with np.load(path / "images.npz", allow_pickle=False) as f:
            self.train = Images(f["x"], f["y"])
