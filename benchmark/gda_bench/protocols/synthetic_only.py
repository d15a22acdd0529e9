"""`synthetic-only`: the real images are left out; what do m synthetic ones replace?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from gda_bench.api import I64, Draw, Phase, Protocol


class SyntheticOnly(Protocol):
    """m synthetic images alone: classification accuracy score (arXiv 1905.10887), read as a number of real images."""

    exchangeable: ClassVar[bool] = True

    def phases(self, real: I64, synthetic: I64, y: I64, steps: int) -> Sequence[Phase]:
        return [Phase(steps, [Draw(synthetic)])]

    def used(self, n: int, m: int) -> tuple[int, int]:
        return 0, m

    def control_worth(self, control: Literal["copy", "oracle"], n: int, m: int) -> float | None:
        # m copies are each of the n images once, before any comes again
        return min(n, m) / m if control == "copy" else 1.0
