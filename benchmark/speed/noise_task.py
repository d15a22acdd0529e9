"""A task of any size, in memory: noise, whose classes differ in brightness."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np

from gda_bench.api import DataFile, Images, Task, TaskInfo

CLASSES = 10
TEST = 500


class Noise(Task):
    """n: training images. side, depth: of each, in pixels and channels."""

    def __init__(self, *, n: int = 1000, side: int = 28, depth: int = 3) -> None:
        self.n, self.side, self.depth = n, side, depth

    @property
    def info(self) -> TaskInfo:
        shape = (self.side, self.side, self.depth)
        return TaskInfo("noise", "multiclass", shape, tuple(f"class {c}" for c in range(CLASSES)))

    def files(self, root: Path) -> list[DataFile]:
        return []

    def load(self, split: Literal["train", "test"], root: Path) -> Images:
        rng = np.random.default_rng(["train", "test"].index(split))
        n = self.n if split == "train" else TEST
        y = np.arange(n, dtype=np.int64) % CLASSES
        x = rng.integers(0, 150, (n, *self.info.shape), np.uint8)
        x += (10 * y).astype(np.uint8)[:, None, None, None]
        return Images(x, y)
