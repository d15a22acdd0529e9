"""A generator in a package of its own, with a module beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gda_bench.api import I64, U8, Generator, Images, RunContext, TaskInfo
from gda_echo.mix import mixed


class Echo(Generator):
    """Pairs of real images of a class, mixed."""

    def __init__(self, *, share: float = 0.5) -> None:
        self.share = share

    def fit(self, train: Images, task: TaskInfo, ctx: RunContext) -> None:
        self.train = train

    def sample(self, labels: I64, ctx: RunContext) -> U8:
        return mixed(self.train, labels, self.share, ctx.rng())

    def save(self, path: Path) -> None:
        np.savez(path / "train.npz", x=self.train.x, y=self.train.y)

    def load(self, path: Path) -> None:
        with np.load(path / "train.npz", allow_pickle=False) as f:
            self.train = Images(f["x"], f["y"])
