"""Protocols: how real and synthetic images meet in training. Each is one short file with one class."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from gda_bench.api import Batches, Images


class Protocol(ABC):
    """Lays out the batches of one classifier training."""

    version: ClassVar[int] = 1

    @abstractmethod
    def batches(self, real: Images | None, synthetic: Images | None, steps: int, batch_size: int, seed: int) -> Batches:
        """Exactly `steps` batches over the real (n,) and synthetic (m,) images; one of the two may be None."""
