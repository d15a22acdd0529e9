"""Images of the test split that the training split holds too, or nearly: what nobody needs to have learnt to get right.

A test image is a near-duplicate where its nearest training image is less than a third as far as it usually is, that
is, than the median over test images (pixel L2). The rule is relative, since what is near differs from task to task.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gda_bench.api.data import F32, I64, U8
from gda_bench.audit.neighbours import nearest

NEAR = 1 / 3
LOOKED_AT = 2000
"""Test images that near-duplicates are sought for, at most: evenly spread, since splits come in some order."""
SIDE = 16
"""Neighbours are sought among pictures of this side at most; their distance is then taken at full size."""


@dataclass(frozen=True, slots=True)
class Repeats:
    """identical: test images that are in the training split pixel for pixel, of all. near: near-duplicates, identical
    ones among them, of the `looked_at` test images that were compared."""

    identical: int
    near: int
    looked_at: int


def repeats(test: U8, train: U8) -> Repeats:
    """Of a test split (T, H, W, C), T > 0, in a training split (N, H, W, C), N > 0."""
    known = {image.tobytes() for image in train}
    identical = sum(image.tobytes() in known for image in test)
    some = test[np.linspace(0, len(test) - 1, min(LOOKED_AT, len(test))).astype(np.int64)]
    first = nearest(_small(some), _small(train), 1)[0][:, 0]
    distance = _distance(some, train, first)
    near = (distance == 0) | (distance < NEAR * np.median(distance))
    return Repeats(identical, int(near.sum()), len(some))


def _distance(x: U8, others: U8, position: I64) -> F32:
    parts = [np.subtract(a, others[i], dtype=np.float32) for a, i in zip(x, position, strict=True)]
    return np.array([np.sqrt(np.square(part).mean()) for part in parts], np.float32)


def _small(x: U8) -> F32:
    """Pictures of SIDE pixels a side at most: blocks of pixels, averaged; a rest at the right and below is left out."""
    block = [-(-side // SIDE) for side in x.shape[1:3]]
    height, width = (side // size for side, size in zip(x.shape[1:3], block, strict=True))
    whole = x[:, : height * block[0], : width * block[1]]
    averaged: F32 = whole.reshape(len(x), height, block[0], width, block[1], -1).mean((2, 4), dtype=np.float32)
    return averaged
