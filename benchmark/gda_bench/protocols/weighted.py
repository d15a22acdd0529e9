"""`weighted`: every batch is half real and half synthetic, and the halves weigh differently in the loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from gda_bench.api import I64, Demand, Draw, Phase, Protocol
from gda_bench.protocols import inner_share


class Weighted(Protocol):
    """loss = real * loss(real half) + (1 - real) * loss(synthetic half), as in DataDream (arXiv 2407.10910).

    real: share of the loss in (0, 1). Each half goes through its own images at its own pace.
    """

    demands: ClassVar[frozenset[Demand]] = frozenset({"weights"})

    def __init__(self, *, real: float = 0.8) -> None:
        self.real = inner_share("real", real)

    def phases(self, real: I64, synthetic: I64, y: I64, steps: int) -> Sequence[Phase]:
        return [Phase(steps, [Draw(real, 0.5, self.real), Draw(synthetic, 0.5, 1 - self.real)])]
