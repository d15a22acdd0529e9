"""Classical augmentation as one axis: what happens to a batch of real or synthetic images before each step."""

from __future__ import annotations

from typing import Literal

from gda_bench.api import UserError
from gda_classifiers.augment.mixup import Mixup
from gda_classifiers.augment.plain import Drawn, Plain, Target, as_tensors, targets_from
from gda_classifiers.augment.standard import Standard

__all__ = ["Augment", "Drawn", "Plain", "Target", "as_tensors", "augmentation", "targets_from"]

Augment = Literal["none", "standard", "randaugment", "mixup"]
"""`randaugment` and `mixup` come on top of `standard`, as in their papers; shift=0 leaves them alone."""


def augmentation(name: Augment, side: int, shift: int | None, flip: bool) -> Plain:
    """side: the shorter one of the images, in pixels. shift: None for a sixteenth of it. See Standard."""
    if name == "none":
        if shift or flip:
            raise UserError(
                "augment=none neither shifts nor flips: leave shift and flip out, or write augment=standard"
            )
        return Plain()
    return _kind(name)(side // 16 if shift is None else shift, flip)


def _kind(name: Augment) -> type[Standard]:
    if name == "randaugment":
        from gda_classifiers.augment.randaugment import RandAugment  # with torchvision, whose import takes seconds

        return RandAugment
    return Mixup if name == "mixup" else Standard
