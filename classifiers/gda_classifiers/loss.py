"""Cross-entropy over a batch whose images may weigh differently and count as more than one class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from torch import Tensor
from torch.nn import functional as F

from gda_bench.api import F32, I64
from gda_classifiers.augment import Target

ClassWeight = Literal["none", "balanced"]


def cross_entropy(logits: Tensor, targets: Sequence[Target], smoothing: float) -> Tensor:
    """The mean over images, float (N, K), of the weighted cross-entropies of all their labels."""
    return sum((_term(logits, target, smoothing) for target in targets[1:]), _term(logits, targets[0], smoothing))


def _term(logits: Tensor, target: Target, smoothing: float) -> Tensor:
    if target.weight is None:
        return F.cross_entropy(logits, target.y, label_smoothing=smoothing)
    loss = F.cross_entropy(logits, target.y, label_smoothing=smoothing, reduction="none")
    return (loss * target.weight).mean()


def balanced(y: I64) -> F32:
    """A weight for each class, float32, up to the last one there: N / (classes there x images of the class), as in
    scikit-learn. So all classes of a training set count the same, and its images 1 in the mean; absent ones have 0."""
    counts = np.bincount(y)
    weights: F32 = np.zeros(len(counts), np.float32)
    there = counts > 0
    weights[there] = len(y) / (there.sum() * counts[there])
    return weights
