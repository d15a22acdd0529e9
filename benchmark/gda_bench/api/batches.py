"""The matched optimisation budget: every arm trains for the same number of equal batches."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gda_bench.api.data import I64, U8, Images


class Batches:
    """A training set, and exactly `steps` batches of `batch_size` positions in it.

    Iterate once: each item is int64 (batch_size,), positions in `x` and `y`. Positions come from
    passes over the whole set in a fresh order, so all images are seen equally often up to one;
    a set smaller than a batch is repeated within it. `taken` counts what was consumed: the engine refuses a
    classifier that trained for any other number of steps than its budget.
    """

    def __init__(self, train: Images, steps: int, batch_size: int, seed: int) -> None:
        if not len(train) or steps < 1 or batch_size < 1:
            raise ValueError(f"no batches from {len(train)} images, {steps} steps, batch size {batch_size}")
        self.x: U8 = train.x
        self.y: I64 = train.y
        self.steps = steps
        self.batch_size = batch_size
        self.taken = 0
        self._seed = seed

    def __len__(self) -> int:
        return self.steps

    def __iter__(self) -> Iterator[I64]:
        rng = np.random.default_rng(self._seed)
        queue = np.empty(0, np.int64)
        for _ in range(self.steps):
            while len(queue) < self.batch_size:
                queue = np.concatenate([queue, rng.permutation(len(self.x))])
            batch, queue = queue[: self.batch_size], queue[self.batch_size :]
            self.taken += 1
            yield batch
