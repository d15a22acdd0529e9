"""The interface of a filter: which samples of a pool are trained on.

A filter may know the n real images that the generator was trained on and what a classifier trained on them sees;
never a held-out or a test image. What it uses is more than the generator was given, so the report says it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from gda_bench.api.data import F32, I64, Images


@dataclass(frozen=True, slots=True)
class View:
    """What a classifier trained on the n real images sees in them and in the pool, row by row.

    real_features: float32 (n, D). pool_features: float32 (m, D). pool_proba: class probabilities, float32 (m, K).
    """

    real_features: F32
    pool_features: F32
    pool_proba: F32

    @classmethod
    def closed(cls, n: int, m: int) -> View:
        """Nothing to see: what a filter gets that did not ask, arrays without columns."""
        none = np.empty((m, 0), np.float32)
        return cls(np.empty((n, 0), np.float32), none, none)

    def first(self, m: int) -> View:
        """The view of the first m samples alone."""
        return View(self.real_features, self.pool_features[:m], self.pool_proba[:m])


class Filter(ABC):
    """Chooses among the samples of a pool."""

    version: ClassVar[int] = 1
    uses: ClassVar[str]
    """The real information that it looks at, as the report will say it."""
    needs_view: ClassVar[bool] = False
    """Whether `keep` looks at its view; one that does costs a classifier training per pool."""

    @abstractmethod
    def keep(self, pool: Images, real: Images, view: View) -> I64:
        """Positions in the pool to train on, int64, best first, none twice; none at all is an answer.

        pool: the m samples that the arm draws. real: the n images that the generator was trained on.
        """
