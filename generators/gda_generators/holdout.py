"""The part of its own n images that a generator keeps from the gradient, to see where memorising begins."""

from __future__ import annotations

import numpy as np

from gda_bench.api import I64, Images

SHARE = 0.1


def split_holdout(train: Images, rng: np.random.Generator, share: float = SHARE) -> tuple[Images, Images]:
    """(kept, held): a share of every class is held, at least one image in all, and none of a class with a single one,
    unless all classes are such.

    Where patients are known, whole patients are held and no class loses its last, as far as there is such a patient.
    """
    chosen = _patients(train, rng, share)
    if not len(chosen):
        chosen = _images(train, rng, share)
    kept = np.setdiff1d(np.arange(len(train)), chosen)
    return train.take(kept if len(kept) else chosen), train.take(chosen)


def _images(train: Images, rng: np.random.Generator, share: float) -> I64:
    held = []
    for c in np.unique(train.y):
        members = rng.permutation(np.flatnonzero(train.y == c))
        # rounding at random keeps the share right where classes are small
        held.append(members[: min(len(members) - 1, int(len(members) * share + rng.random()))])
    chosen = np.concatenate(held)
    if not len(chosen):
        order = rng.permutation(len(train))
        spare = np.bincount(train.y)[train.y[order]] > 1
        chosen = order[spare if spare.any() else slice(None)][:1]
    return chosen


def _patients(train: Images, rng: np.random.Generator, share: float) -> I64:
    """Positions of all images of some patients, (H,); none where every patient is all of a class, or none is known."""
    held: list[I64] = [np.empty(0, np.int64)]
    if train.group is not None:
        left = np.bincount(train.y)
        there = left > 0
        for patient in rng.permutation(np.unique(train.group)):
            members = np.flatnonzero(train.group == patient)
            after = left - np.bincount(train.y[members], minlength=len(left))
            if after[there].all():
                held.append(members)
                left = after
            if sum(map(len, held)) >= share * len(train):
                break
    return np.concatenate(held)
