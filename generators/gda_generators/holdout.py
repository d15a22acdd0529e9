"""The part of its own n images that a generator keeps from the gradient, to see where memorising begins."""

from __future__ import annotations

import numpy as np

from gda_bench.api import Images

SHARE = 0.1


def split_holdout(train: Images, rng: np.random.Generator, share: float = SHARE) -> tuple[Images, Images]:
    """(kept, held): a share of every class is held, none of a class with a single image, at least one in all."""
    held = []
    for c in np.unique(train.y):
        members = rng.permutation(np.flatnonzero(train.y == c))
        # rounding at random keeps the share right where classes are small
        held.append(members[: min(len(members) - 1, int(len(members) * share + rng.random()))])
    chosen = np.concatenate(held)
    if not len(chosen):
        chosen = rng.permutation(len(train))[:1]
    kept = np.setdiff1d(np.arange(len(train)), chosen)
    return train.take(kept if len(kept) else chosen), train.take(chosen)
