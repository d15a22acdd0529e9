"""Nearest neighbours in L2, exact where it matters: a duplicate is at distance 0."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gda_bench.api.data import F32, I64, U8

AT_ONCE = 2**24
"""Values of the reference taken as floats together, four times what its pixels take."""


def nearest(x: U8 | F32, reference: U8 | F32, k: int) -> tuple[I64, NDArray[np.float64]]:
    """The k nearest of `reference` (N, ...) to each of `x` (M, ...), nearest first: positions and L2 distances,
    int64 and float64, (M, min(k, N))."""
    from sklearn.neighbors import NearestNeighbors  # takes seconds, and loading a task's data alone needs no neighbours

    flat = _flat(x)
    distance, position = np.empty((len(x), 0)), np.empty((len(x), 0), np.int64)
    rows = max(1, AT_ONCE // math.prod(reference.shape[1:]))
    for start in range(0, len(reference), rows):
        others = _flat(reference[start : start + rows])
        index = NearestNeighbors(n_neighbors=min(k, len(others)), algorithm="brute").fit(others)
        to_these, these = index.kneighbors(flat)
        distance, position = np.hstack([distance, to_these]), np.hstack([position, these + start])
        distance, position = _sorted(distance, position)
        distance, position = distance[:, :k], position[:, :k]
    if x.dtype == np.uint8:
        return position, distance  # whole numbers: the fast formula is exact
    # |a|^2 - 2ab + |b|^2 leaves a rest where a = b, and the ratio of two such rests is noise
    for column in range(position.shape[1]):
        difference = flat - _flat(reference[position[:, column]])
        distance[:, column] = np.sqrt(np.einsum("md,md->m", difference, difference, dtype=np.float64))
    distance, position = _sorted(distance, position)
    return position, distance


def nearest_other(x: U8 | F32) -> NDArray[np.float64]:
    """The L2 distance of each of `x` (N, ...), N >= 2, to the nearest of the others, float64 (N,)."""
    position, distance = nearest(x, x, 2)
    # among duplicates an image need not come first in its own list
    own_first = position[:, 0] == np.arange(len(x))
    other: NDArray[np.float64] = np.where(own_first, distance[:, 1], distance[:, 0])
    return other


def _sorted(distance: NDArray[np.float64], position: I64) -> tuple[NDArray[np.float64], I64]:
    """Nearest first in each row; as they stand where they are as near."""
    order = np.argsort(distance, axis=1, kind="stable")
    return np.take_along_axis(distance, order, 1), np.take_along_axis(position, order, 1)


def _flat(x: U8 | F32) -> F32:
    return x.reshape(len(x), -1).astype(np.float32, copy=False)
