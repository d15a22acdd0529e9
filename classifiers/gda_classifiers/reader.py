"""What networks read of their batches: of one training, or of several side by side, each with chance of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from gda_bench.api import Batch, Batches
from gda_classifiers.augment import Drawn, Plain, Target
from gda_classifiers.feed import Rows, joined, sent, starts_of
from gda_classifiers.loss import ClassWeight, balanced

Inputs = Callable[[Rows, Drawn], Tensor]
"""Of R trainings, one batch after the other (R N, ...)."""


class Reader:
    """sets: those of R trainings, as large batches of each. inputs: what their networks read."""

    def __init__(
        self, inputs: Inputs, augment: Plain, sets: Sequence[Batches], class_weight: ClassWeight, device: str
    ) -> None:
        self.inputs, self.augment, self.device = inputs, augment, torch.device(device)
        self.y = torch.from_numpy(joined([batches.y for batches in sets])).to(device)
        self.starts = starts_of([batches.y for batches in sets])
        self.by_class: Tensor | None = None
        if class_weight != "none":
            self.by_class = torch.from_numpy(joined([balanced(b.y)[b.y] for b in sets])).to(device)

    def __call__(self, batches: Sequence[Batch], drawn: Sequence[Drawn]) -> tuple[Tensor, list[Target]]:
        """A batch of each, and what `augment` drew for it: what the networks read, and what these images count as."""
        rows = Rows.of([batch.index for batch in batches], self.starts, self.device)
        x = self.inputs(rows, {name: _cat([each[name] for each in drawn]) for name in drawn[0]})
        target, n = self._target(batches, rows.there), len(batches[0].index)
        mixed = [
            self.augment.mix(x[at : at + n], target[at : at + n], own)
            for at, own in zip(range(0, len(x), n), drawn, strict=True)
        ]
        targets = [Target.cat(of_all) for of_all in zip(*(of_one for _, of_one in mixed), strict=True)]
        return _cat([of_one for of_one, _ in mixed]), targets

    def _target(self, batches: Sequence[Batch], at: Tensor) -> Target:
        """The labels at these rows, and the weights that the protocol and the classes give them."""
        of_batch = joined([batch.weight for batch in batches])
        weight = None if (of_batch == 1).all() else sent(of_batch, self.device)
        if self.by_class is not None:
            weight = self.by_class[at] if weight is None else weight * self.by_class[at]
        return Target(self.y[at], weight)


def _cat(parts: Sequence[Tensor]) -> Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(list(parts))
