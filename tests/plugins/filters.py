"""Filters as a plugin would bring them."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from gda_bench.api import I64, Filter, Images, View


class Nothing(Filter):
    """Keeps no sample."""

    uses: ClassVar[str] = "nothing"

    def keep(self, pool: Images, real: Images, view: View) -> I64:
        return np.empty(0, np.int64)


class Twice(Filter):
    """Keeps the first sample twice, which is not allowed."""

    uses: ClassVar[str] = "nothing"

    def keep(self, pool: Images, real: Images, view: View) -> I64:
        return np.zeros(2, np.int64)


class Spy(Filter):
    """Keeps every other sample, and refuses to work unless it sees exactly what it may see."""

    uses: ClassVar[str] = "the shapes of everything"
    needs_view: ClassVar[bool] = True

    def __init__(self, *, n: int = 40) -> None:
        self.n = n

    def keep(self, pool: Images, real: Images, view: View) -> I64:
        if len(real) != self.n or len(view.real_features) != self.n:
            raise ValueError(f"{len(real)} real images")
        if not len(pool) == len(view.pool_features) == len(view.pool_proba) or view.pool_proba.shape[1] != 10:
            raise ValueError("the view is not that of the samples")
        return np.arange(0, len(pool), 2, dtype=np.int64)
