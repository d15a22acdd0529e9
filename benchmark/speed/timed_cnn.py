"""A classifier for overhead.py."""

import time

from gda_bench.api import F32, U8, Batches, RunContext, TaskInfo
from gda_classifiers.cnn import CNN


class TimedCNN(CNN):
    """`cnn`, and how long it took to train and to judge; nothing of one that was loaded, which is looked through."""

    _ctx: RunContext | None = None

    def fit(self, batches: Batches, task: TaskInfo, ctx: RunContext) -> None:
        began = time.perf_counter()
        super().fit(batches, task, ctx)
        self._ctx, self._inside_s = ctx, time.perf_counter() - began
        ctx.note("inside_s", self._inside_s)

    def predict_proba(self, x: U8) -> F32:
        began = time.perf_counter()
        proba = super().predict_proba(x)
        if self._ctx:
            self._inside_s += time.perf_counter() - began
            self._ctx.note("inside_s", self._inside_s)
        return proba
