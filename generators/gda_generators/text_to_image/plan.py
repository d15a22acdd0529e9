"""Which prompt, guidance and real image each sample is drawn with: evenly mixed within every class."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Sequence

import numpy as np

from gda_bench.api import I64


def ranks(labels: I64) -> I64:
    """For each label (M,) how many of the same came before it; so that a prefix of a pool is mixed like the whole."""
    found = np.empty(len(labels), np.int64)
    for c in np.unique(labels):
        at = labels == c
        found[at] = np.arange(at.sum())
    return found


def cycle(rank: I64, length: int, every: int = 1) -> I64:
    """The place of each sample in a cycle of `length` that moves on after `every` samples of its class."""
    return rank // every % length


def cycle_beside(rank: I64, length: int, other: int) -> I64:
    """A cycle of `length` beside one of `other` that, in time, meets every place of it."""
    return (rank + rank // math.lcm(length, other)) % length


def batches(groups: Sequence[Hashable], size: int) -> Iterator[I64]:
    """Positions of samples of one group, at most `size` at a time; every sample once."""
    members: dict[Hashable, list[int]] = {}
    for i, group in enumerate(groups):
        members.setdefault(group, []).append(i)
    for found in members.values():
        for start in range(0, len(found), size):
            yield np.array(found[start : start + size], np.int64)
