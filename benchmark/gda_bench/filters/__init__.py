"""Filters: which samples of a pool are used. Each is one short file with one class."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from gda_bench.api import I64, Images


class Filter(ABC):
    """Chooses among the samples of a pool."""

    version: ClassVar[int] = 1

    @abstractmethod
    def keep(self, pool: Images, real: Images) -> I64:
        """Positions in the pool to use, int64, best first; `real` is the n training images, nothing else is seen."""
