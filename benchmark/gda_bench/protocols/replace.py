"""`replace`: the training set keeps its n images, and synthetic ones take the place of some real ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np

from gda_bench.api import I64, Draw, Phase, Protocol


class Replace(Protocol):
    """n images in the proportions of the mix: k = n m / (n + m) synthetic ones replace the last k real ones, one for
    one of the same class. One of either kind stays at least; a single real image is replaced.
    """

    exchangeable: ClassVar[bool] = True

    def phases(self, real: I64, synthetic: I64, y: I64, steps: int) -> Sequence[Phase]:
        kept, _ = self.used(len(real), len(synthetic))
        chosen = _of_classes(y[synthetic], y[real[kept:]])
        return [Phase(steps, [Draw(np.concatenate([real[:kept], synthetic[chosen]]))])]

    def used(self, n: int, m: int) -> tuple[int, int]:
        k = max(1, min(round(n * m / (n + m)), n - 1))
        return n - k, k

    def control_worth(self, control: Literal["copy", "oracle"], n: int, m: int) -> float | None:
        # k of the n images are copied at random, and a copy adds an image only where its original was replaced: k in n
        return self.used(n, m)[1] / n if control == "copy" else 1.0


def _of_classes(y: I64, wanted: I64) -> I64:
    """Positions of the first labels in `y` that match those of `wanted`, each once; where a class runs out, of the
    first that nothing else matches."""
    left = np.bincount(wanted, minlength=y.max() + 1)
    rank = np.empty(len(y), np.int64)
    for c in np.unique(y):
        rank[y == c] = np.arange((y == c).sum())
    matching = np.flatnonzero(rank < left[y])
    others = np.flatnonzero(rank >= left[y])[: len(wanted) - len(matching)]
    return np.concatenate([matching, others])
