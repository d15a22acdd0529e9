"""No augmentation, and what every augmentation may change: pixels, and what an image counts as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

Drawn = dict[str, Tensor]
"""What chance says of a batch, by name, on the host: a row for each image."""


@dataclass(frozen=True, slots=True)
class Target:
    """One label for each image of a batch: y int64 (N,), and the weight of its loss, float32 (N,); None for all 1."""

    y: Tensor
    weight: Tensor | None = None

    def __getitem__(self, images: slice) -> Target:
        return Target(self.y[images], None if self.weight is None else self.weight[images])

    @staticmethod
    def cat(targets: Sequence[Target]) -> Target:
        """As one, of one batch after the other; either all have weights or none."""
        if len(targets) == 1:
            return targets[0]
        weights = [target.weight for target in targets if target.weight is not None]
        return Target(torch.cat([target.y for target in targets]), torch.cat(weights) if weights else None)


def as_tensors(targets: Sequence[Target]) -> list[Tensor | None]:
    """The labels and weights of each, one after the other."""
    return [part for target in targets for part in (target.y, target.weight)]


def targets_from(tensors: Sequence[Tensor | None]) -> list[Target]:
    """The way back from `as_tensors`."""
    return [Target(y, weight) for y, weight in zip(tensors[::2], tensors[1::2], strict=True) if y is not None]


class Plain:
    """Leaves everything as it is. Chance is drawn first, for a batch, and then done: to several batches at once, if
    they come side by side."""

    def draw(self, n: int) -> Drawn:
        """For a batch of n images, all from torch's global generator on the host: of one seed, on every device."""
        return {}

    def pixels(self, x: Tensor, drawn: Drawn) -> Tensor:
        """uint8 (N, C, H, W) to the same shape and type, all images at once."""
        return x

    def mix(self, x: Tensor, target: Target, drawn: Drawn) -> tuple[Tensor, list[Target]]:
        """float (N, C, H, W), one batch, with its labels to images that may count as several classes: one target for
        each."""
        return x, [target]
