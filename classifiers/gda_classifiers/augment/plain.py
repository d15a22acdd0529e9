"""No augmentation, and what every augmentation may change: pixels, and what an image counts as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, slots=True)
class Target:
    """One label for each image of a batch: y int64 (N,), and the weight of its loss, float32 (N,); None for all 1."""

    y: Tensor
    weight: Tensor | None = None


def as_tensors(targets: Sequence[Target]) -> list[Tensor | None]:
    """The labels and weights of each, one after the other."""
    return [part for target in targets for part in (target.y, target.weight)]


def targets_from(tensors: Sequence[Tensor | None]) -> list[Target]:
    """The way back from `as_tensors`."""
    return [Target(y, weight) for y, weight in zip(tensors[::2], tensors[1::2], strict=True) if y is not None]


class Plain:
    """Leaves everything as it is. All chance of a subclass comes from torch's global generators."""

    def pixels(self, x: Tensor) -> Tensor:
        """uint8 (N, C, H, W) to the same shape and type, all images at once."""
        return x

    def mix(self, x: Tensor, target: Target) -> tuple[Tensor, list[Target]]:
        """float (N, C, H, W) with its labels to images that may count as several classes: one target for each."""
        return x, [target]
