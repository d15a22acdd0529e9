"""`concat`: real and synthetic images make one set, shuffled together; each image counts the same."""

from __future__ import annotations

import numpy as np

from gda_bench.api import Batches, Images
from gda_bench.protocols import Protocol


class Concat(Protocol):
    def batches(self, real: Images | None, synthetic: Images | None, steps: int, batch_size: int, seed: int) -> Batches:
        parts = [part for part in (real, synthetic) if part is not None]
        together = Images(np.concatenate([p.x for p in parts]), np.concatenate([p.y for p in parts]))
        return Batches(together, steps, batch_size, seed)
