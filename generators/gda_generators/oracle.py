"""`oracle`: the ceiling control. Its samples are real images outside the n, worth one image each."""

from __future__ import annotations

from typing import ClassVar

from gda_bench.api import Images, RunContext, TaskInfo
from gda_generators.copy import Copy


class Oracle(Copy):
    """Hands out the held-out images that the engine lends to controls, none twice."""

    needs_held_out: ClassVar[bool] = True

    def fit(self, train: Images, task: TaskInfo, ctx: RunContext) -> None:
        if ctx.held_out is None:
            raise ValueError("the oracle needs real images outside the n, and was lent none")
        super().fit(ctx.held_out, task, ctx)
