"""No augmentation, and what every augmentation may change: pixels, and what an image counts as."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, slots=True)
class Target:
    """One label for each image of a batch: y int64 (N,), and the weight of its loss, float32 (N,); None for all 1."""

    y: Tensor
    weight: Tensor | None = None


class Plain:
    """Leaves everything as it is. All chance of a subclass comes from torch's global generators."""

    def pixels(self, x: Tensor) -> Tensor:
        """uint8 (N, C, H, W) to the same shape and type, all images at once."""
        return x

    def mix(self, x: Tensor, target: Target) -> tuple[Tensor, list[Target]]:
        """float (N, C, H, W) with its labels to images that may count as several classes: one target for each."""
        return x, [target]
