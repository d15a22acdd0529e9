"""Classifiers whose process is killed under them."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np

from gda_bench.api import F32, U8, Batches, Classifier, RunContext, TaskInfo


class Mortal(Classifier):
    """Guesses. Its process is killed the first `lives` times that it gets ten images, counted in the folder `marks`."""

    def __init__(self, marks: str = "", lives: int = 1) -> None:
        self.marks, self.lives = marks, lives

    def fit(self, batches: Batches, task: TaskInfo, ctx: RunContext) -> None:
        self.n_classes = task.n_classes
        list(batches)
        if self.marks and len(batches.x) == 10 and len(deaths := list(Path(self.marks).iterdir())) < self.lives:
            (Path(self.marks) / str(len(deaths))).touch()
            os.kill(os.getpid(), signal.SIGKILL)

    def predict_proba(self, x: U8) -> F32:
        brightness = x.reshape(len(x), -1).mean(1, keepdims=True) / 255 + np.arange(self.n_classes)
        return (brightness / brightness.sum(1, keepdims=True)).astype(np.float32)
