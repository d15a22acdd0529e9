"""The matched optimisation budget: every arm trains for the same number of equal batches, laid out in phases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from gda_bench.api.data import F32, I64, U8, Images

Demand = Literal["weights", "phases"]
"""What a layout may ask of a classifier beyond taking the batches as they come: see Classifier.heeds."""


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """A part of every batch of a phase, and where its images come from.

    positions: int64 (P,), P > 0, positions in the training set. They are drawn in passes over all of them, each pass
    in a fresh order, so that all are drawn equally often up to one.
    share: of the batch's images, in (0, 1]. Where it is no whole number of images, batches differ by one image, so
    that the share is right over the phase, also for batches of a single image.
    loss_share: of the loss over the phase, in (0, 1]; None for that of the images.
    """

    positions: I64
    share: float = 1.0
    loss_share: float | None = None

    @property
    def weight(self) -> float:
        """Of each image's loss."""
        return 1.0 if self.loss_share is None else self.loss_share / self.share


@dataclass(frozen=True, slots=True, eq=False)
class Phase:
    """Consecutive batches laid out alike, with an optimiser state and a learning-rate cycle of their own.

    steps: batches, at least 1. draws: their shares, and the shares of the loss, sum to 1.
    new_head: initialise the classifier's last layer anew before the first. lr: factor on the classifier's own peak
    learning rate.
    """

    steps: int
    draws: Sequence[Draw]
    new_head: bool = False
    lr: float = 1.0

    def __post_init__(self) -> None:
        if self.steps < 1 or not self.draws or not all(len(d.positions) for d in self.draws):
            raise ValueError(f"no phase of {self.steps} steps on {[len(d.positions) for d in self.draws]} images")
        shares = [d.share for d in self.draws], [d.share * d.weight for d in self.draws]
        if min(map(min, shares)) <= 0 or not np.allclose([sum(s) for s in shares], 1):
            raise ValueError(
                f"shares of the images {shares[0]} and of the loss {shares[1]} must be above 0 and sum to 1"
            )


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """index: int64 (batch_size,), positions in the training set. weight: float32 (batch_size,), of each image's loss,
    mean 1 over the phase. phase: the one that this batch begins, else None."""

    index: I64
    weight: F32
    phase: Phase | None


class Batches:
    """A training set `x`, `y`, and the batches of all phases, one after the other. Iterate once.

    `taken` counts what was consumed: the engine refuses a classifier that trained for any other number of steps than
    its budget.
    """

    def __init__(self, train: Images, phases: Sequence[Phase], batch_size: int, seed: int) -> None:
        if not phases or batch_size < 1:
            raise ValueError(f"no batches of {batch_size} images in {len(phases)} phases")
        self.x: U8 = train.x
        self.y: I64 = train.y
        self.phases = tuple(phases)
        self.batch_size = batch_size
        self.taken = 0
        self._seed = seed

    @classmethod
    def plain(cls, train: Images, steps: int, batch_size: int, seed: int) -> Self:
        """One phase in which every image counts the same."""
        return cls(train, [Phase(steps, [Draw(np.arange(len(train)))])], batch_size, seed)

    @property
    def demands(self) -> frozenset[Demand]:
        """What a classifier must heed so that these batches mean what they are meant to."""
        found: set[Demand] = set()
        if any(d.weight != 1 for p in self.phases for d in p.draws):
            found.add("weights")
        if len(self.phases) > 1 or any(p.new_head or p.lr != 1 for p in self.phases):
            found.add("phases")
        return frozenset(found)

    def __len__(self) -> int:
        return sum(p.steps for p in self.phases)

    def __iter__(self) -> Iterator[Batch]:
        rng = np.random.default_rng(self._seed)
        for phase in self.phases:
            for step, (index, weight) in enumerate(_drawn(phase, self.batch_size, rng)):
                self.taken += 1
                yield Batch(index, weight, None if step else phase)


def _drawn(phase: Phase, batch_size: int, rng: np.random.Generator) -> Iterator[tuple[I64, F32]]:
    shares = np.array([d.share for d in phase.draws])
    queues = [np.empty(0, np.int64) for _ in phase.draws]
    given = np.zeros(len(shares), np.int64)
    for _ in range(phase.steps):
        sizes = _sizes(shares, given, batch_size)
        given += sizes
        parts = []
        for k, (draw, size) in enumerate(zip(phase.draws, sizes, strict=True)):
            while len(queues[k]) < size:
                queues[k] = np.concatenate([queues[k], draw.positions[rng.permutation(len(draw.positions))]])
            parts.append(queues[k][:size])
            queues[k] = queues[k][size:]
        yield np.concatenate(parts), np.repeat([d.weight for d in phase.draws], sizes).astype(np.float32)


def _sizes(shares: NDArray[np.float64], given: I64, batch_size: int) -> I64:
    """Images of each draw in the next batch: the next `batch_size` seats by Sainte-Laguë's method of allocation."""
    place = (given[:, None] + np.arange(batch_size) + 0.5) / shares[:, None]
    taken = np.argsort(place, axis=None, kind="stable")[:batch_size] // batch_size
    return np.bincount(taken, minlength=len(shares)).astype(np.int64)
