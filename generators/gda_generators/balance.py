"""Which of its n images a generator's next batch draws: rare classes more often than their share."""

from __future__ import annotations

import torch
from torch import Tensor


class BalancedDraw:
    """Draws positions with replacement; a class is drawn in proportion to count ** (1 - balance).

    y: labels (n,). balance: 0 draws every image equally often, 1 every class. Between them rare classes are learnt
    without being shown so often that they are memorised.
    """

    def __init__(self, y: Tensor, balance: float = 0.5) -> None:
        counts = torch.bincount(y).clamp(min=1)
        self._weight = counts[y].double() ** -balance

    def __call__(self, size: int) -> Tensor:
        """Positions (size,), int64, on the device of y; chance comes from torch's global generator."""
        return torch.multinomial(self._weight, size, replacement=True)
