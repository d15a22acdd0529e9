"""An exponential average of a network's weights, which starts short and grows to its half-life."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class EMA:
    """half_life: in optimiser steps; early on the average reaches back over a tenth of the steps so far (EDM: a
    twentieth)."""

    def __init__(self, network: nn.Module, half_life: float) -> None:
        self._live: list[Tensor] = [p for p in network.parameters() if p.requires_grad]
        self._average = [p.detach().clone() for p in self._live]
        self._kept: list[Tensor] = [p.clone() for p in self._average]
        self._half_life = half_life

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take in the weights after optimiser step `step`, counted from 1."""
        decay = 0.5 ** (1 / max(min(self._half_life, step / 10), 1e-8))
        torch._foreach_lerp_(self._average, self._live, 1 - decay)

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Within, the network holds the averaged weights."""
        live = [p.detach().clone() for p in self._live]
        self._set(self._average)
        try:
            yield
        finally:
            self._set(live)

    def keep(self) -> None:
        """Remember the average as it is now."""
        self._kept = [p.clone() for p in self._average]

    def restore_kept(self) -> None:
        """Put the remembered average into the network."""
        self._set(self._kept)

    @torch.no_grad()
    def _set(self, weights: list[Tensor]) -> None:
        for p, value in zip(self._live, weights, strict=True):
            p.copy_(value)
