"""Nested, stratified orders: every prefix of one has the class proportions of the whole.

Both rules put the j-th image of a class with c images at (j + 1/2) / c and read from left to right, which is
Sainte-Laguë's method of seat allocation: proportional for every total, by the nearest whole number.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gda_bench.api.data import I64
from gda_bench.errors import UserError

SUBSET_RULE = "nested-stratified-1"
"""Names the rule in every key; another rule is another name."""


def proportional_labels(counts: Sequence[int], m: int, one_of_each: bool = False) -> I64:
    """m labels, int64 (m,), whose every prefix has the class proportions of `counts`; no chance is involved.

    A longer sequence starts with the shorter one; the first sum(counts) labels hold class c counts[c] times.
    one_of_each: the first of every class comes before all others, so that no class is missing from a small prefix.
    """
    total = sum(counts)
    repeats = [-(-m * c // total) + 1 if c else 0 for c in counts]
    place = [(np.arange(r) + 0.5) / max(c, 1) for r, c in zip(repeats, counts, strict=True)]
    if one_of_each:
        for p in place:
            p[:1] = -1.0
    labels = np.repeat(np.arange(len(counts)), repeats)
    return labels[np.argsort(np.concatenate(place), kind="stable")][:m].astype(np.int64)


def nested_order(y: I64, seed: int, group: I64 | None = None) -> I64:
    """A permutation of positions in the labels `y` (N,), int64: subset(n) is its first n, so it lies inside subset(n').

    Which images of a class come first is drawn from the seed; how many of each class come first is not. Where the
    `group` (N,) of each image is known, groups come one after the other, in a drawn order that is the same for all
    classes: more images are more patients, as where images are collected.
    """
    counts = np.bincount(y)
    rng = np.random.default_rng(seed)
    turn = np.zeros(len(y), np.int64)
    if group is not None:
        known, member = np.unique(group, return_inverse=True)
        turn = rng.permutation(len(known))[member]
    labels = proportional_labels(counts.tolist(), len(y), one_of_each=True)
    order = np.empty(len(y), np.int64)
    for c in range(len(counts)):
        members = rng.permutation(np.flatnonzero(y == c))
        order[labels == c] = members[np.argsort(turn[members], kind="stable")]
    return order


def subset_counts(counts: Sequence[int], n: int) -> list[int]:
    """Images of each class in subset(n) of a split with these counts: the same for every seed."""
    labels = proportional_labels(counts, n, one_of_each=True)
    return [int(count) for count in np.bincount(labels, minlength=len(counts))]


def check_size(n: int, counts: Sequence[int], task: str) -> None:
    """Raises UserError where n images of the task cannot hold one of each class, or are not there."""
    present = sum(1 for c in counts if c)
    if n < present:
        raise UserError(f"n_real={n} is too small for {task}: it has {present} classes and each needs one image")
    if n >= sum(counts):
        raise UserError(f"n_real={n} is too large for {task}: its training split has {sum(counts)} images")
