"""`ratio`: a fixed share of every batch is synthetic, however many synthetic images there are."""

from __future__ import annotations

from collections.abc import Sequence

from gda_bench.api import I64, Draw, Phase, Protocol
from gda_bench.protocols import inner_share


class Ratio(Protocol):
    """Each image of a batch counts the same; the default is a real and a synthetic batch with loss 1:1, as in
    arXiv 2210.07574.

    synthetic: share of every batch in (0, 1). Where it is no whole number of images, it is right over the batches.
    """

    def __init__(self, *, synthetic: float = 0.5) -> None:
        self.synthetic = inner_share("synthetic", synthetic)

    def phases(self, real: I64, synthetic: I64, y: I64, steps: int) -> Sequence[Phase]:
        return [Phase(steps, [Draw(real, 1 - self.synthetic), Draw(synthetic, self.synthetic)])]
