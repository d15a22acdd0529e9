"""`progressive`: first the synthetic images, then growing fractions of the real ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from gda_bench.api import I64, Demand, Draw, Phase, Protocol
from gda_bench.protocols import inner_share, positive, split_steps


class Progressive(Protocol):
    """Pre-training on synthetic images, then stages of equal length on growing fractions of the n real ones, after
    arXiv 2411.18456; the head is kept throughout.

    pretrain: share of the steps on synthetic images, in (0, 1). fractions: of the real images, ascending to 1; each
    stage holds those before it, and one of each class at least. lr: peak learning rate on real images, as a factor of
    the classifier's own. Where there are fewer steps than stages, the earliest stages are left out.
    """

    demands: ClassVar[frozenset[Demand]] = frozenset({"phases"})

    def __init__(
        self, *, pretrain: float = 0.5, fractions: tuple[float, ...] = (0.25, 0.5, 1.0), lr: float = 1.0
    ) -> None:
        self.pretrain = inner_share("pretrain", pretrain)
        self.fractions = tuple(fractions)
        self.lr = positive("lr", lr)
        ascending = all(a < b for a, b in zip((0.0, *self.fractions), self.fractions, strict=False))
        if not ascending or self.fractions[-1:] != (1.0,):
            raise ValueError(f"fractions={[*self.fractions]} must ascend from above 0 to 1")

    def phases(self, real: I64, synthetic: I64, y: I64, steps: int) -> Sequence[Phase]:
        classes = len(np.unique(y[real]))
        # the real images lie one of each class first, so no stage lacks a class
        sizes = [max(classes, round(fraction * len(real))) for fraction in self.fractions]
        stage = (1 - self.pretrain) / len(sizes)
        before, *after = split_steps(steps, [self.pretrain, *[stage] * len(sizes)])
        stages = [Phase(k, [Draw(real[:n])], lr=self.lr) for k, n in zip(after, sizes, strict=True) if k]
        return [Phase(before, [Draw(synthetic)]), *stages] if before else stages
