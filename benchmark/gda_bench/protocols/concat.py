"""`concat`: real and synthetic images make one set, shuffled together; each image counts the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from gda_bench.api import I64, Draw, Phase, Protocol


class Concat(Protocol):
    """n real and m synthetic images, as in arXiv 2508.09550."""

    exchangeable: ClassVar[bool] = True

    def phases(self, real: I64, synthetic: I64, y: I64, steps: int) -> Sequence[Phase]:
        return [Phase(steps, [Draw(np.concatenate([real, synthetic]))])]
