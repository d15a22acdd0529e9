"""A task whose images are of patients, and a generator that tells how many of them it was shown."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np

from gda_bench.api import I64, U8, DataFile, Generator, Images, RunContext, Task, TaskInfo

EACH = 5
"""Images of a patient."""


class Patients(Task):
    """Five images of each of many patients, most of one class, some of both. shared: patients in both splits."""

    def __init__(self, *, shared: int = 0) -> None:
        self.shared = shared

    @property
    def info(self) -> TaskInfo:
        return TaskInfo("patients", "binary", (8, 8, 1), ("well", "ill"), licence="CC0-1.0")

    def files(self, root: Path) -> list[DataFile]:
        return []

    def load(self, split: Literal["train", "test"], root: Path) -> Images:
        start, patients = (0, 120) if split == "train" else (120 - self.shared, 40)
        group = np.repeat(np.arange(start, start + patients), EACH)
        rng = np.random.default_rng(start)
        ill = (group % 2 == 1) ^ (rng.random(len(group)) < 0.1)
        x = np.clip(rng.normal(90 + 60 * ill[:, None, None, None], 40, (len(group), 8, 8, 1)), 0, 255)
        return Images(x.astype(np.uint8), ill.astype(np.int64), group)


class Counts(Generator):
    """Noise, and a note of the patients that it was shown."""

    def fit(self, train: Images, task: TaskInfo, ctx: RunContext) -> None:
        assert train.group is not None
        ctx.note("patients", len(np.unique(train.group)))
        self.shape = task.shape

    def sample(self, labels: I64, ctx: RunContext) -> U8:
        return ctx.rng().integers(0, 256, (len(labels), 8, 8, 1)).astype(np.uint8)

    def save(self, path: Path) -> None:
        (path / "nothing").touch()

    def load(self, path: Path) -> None:
        pass
