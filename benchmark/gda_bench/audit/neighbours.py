"""Nearest neighbours in L2, exact where it matters: a duplicate is at distance 0."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gda_bench.api.data import F32, I64, U8


def nearest(x: U8 | F32, reference: U8 | F32, k: int) -> tuple[I64, NDArray[np.float64]]:
    """The k nearest of `reference` (N, ...) to each of `x` (M, ...), nearest first: positions and L2 distances,
    int64 and float64, (M, min(k, N))."""
    from sklearn.neighbors import NearestNeighbors  # takes seconds, and loading a task's data alone needs no neighbours

    flat, others = _flat(x), _flat(reference)
    index = NearestNeighbors(n_neighbors=min(k, len(others)), algorithm="brute").fit(others)
    distance, position = index.kneighbors(flat)
    if x.dtype == np.uint8:
        return position.astype(np.int64), distance.astype(np.float64)  # whole numbers: the fast formula is exact
    # |a|^2 - 2ab + |b|^2 leaves a rest where a = b, and the ratio of two such rests is noise
    for column in range(position.shape[1]):
        difference = flat - others[position[:, column]]
        distance[:, column] = np.sqrt(np.einsum("md,md->m", difference, difference, dtype=np.float64))
    order = np.argsort(distance, axis=1, kind="stable")
    return np.take_along_axis(position, order, 1).astype(np.int64), np.take_along_axis(distance, order, 1)


def nearest_other(x: U8 | F32) -> NDArray[np.float64]:
    """The L2 distance of each of `x` (N, ...), N >= 2, to the nearest of the others, float64 (N,)."""
    position, distance = nearest(x, x, 2)
    # among duplicates an image need not come first in its own list
    own_first = position[:, 0] == np.arange(len(x))
    other: NDArray[np.float64] = np.where(own_first, distance[:, 1], distance[:, 0])
    return other


def _flat(x: U8 | F32) -> F32:
    return x.reshape(len(x), -1).astype(np.float32)
