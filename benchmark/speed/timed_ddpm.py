"""A generator for overhead.py."""

import time

from gda_bench.api import I64, U8, Images, RunContext, TaskInfo
from gda_generators.ddpm import DDPM


class TimedDDPM(DDPM):
    """`ddpm`, and how long it took."""

    def fit(self, train: Images, task: TaskInfo, ctx: RunContext) -> None:
        began = time.perf_counter()
        super().fit(train, task, ctx)
        ctx.note("inside_s", time.perf_counter() - began)

    def sample(self, labels: I64, ctx: RunContext) -> U8:
        began = time.perf_counter()
        drawn = super().sample(labels, ctx)
        ctx.note("inside_s", time.perf_counter() - began)
        return drawn
