"""RandAugment (Cubuk et al. 2019, arXiv 1909.13719) with a policy of its own for every image of a batch.

torchvision's transform draws one policy a call, for all images of a batch (pytorch/vision issue 8484). Here every image
draws its own, and each operation runs once on all images that drew it, by torchvision's kernels.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torchvision.transforms import v2

from gda_classifiers.augment.plain import Drawn
from gda_classifiers.augment.standard import Standard


class RandAugment(Standard):
    """Two of torchvision's fourteen operations an image, at magnitude 9 of 30: torchvision's defaults."""

    def __init__(self, shift: int, flip: bool) -> None:
        super().__init__(shift, flip)
        self.policy = _Batched()

    def draw(self, n: int) -> Drawn:
        drawn = super().draw(n)
        # looked at on the host, which must know them to start a kernel for each group
        return {**drawn, "operations": self.policy.draw(n)}

    def pixels(self, x: Tensor, drawn: Drawn) -> Tensor:
        return self.policy.moved(super().pixels(x, drawn).contiguous(), drawn["operations"])


class _Batched(v2.RandAugment):  # type: ignore[misc]
    def draw(self, n: int) -> Tensor:
        """int64 (N, operations)."""
        kinds = 2 * len(self._AUGMENTATION_SPACE)
        return torch.stack([torch.randint(kinds, (n,)) for _ in range(self.num_ops)], 1)

    def moved(self, x: Tensor, operations: Tensor) -> Tensor:
        """uint8 (N, C, H, W)."""
        height, width = x.shape[2:]
        for drawn in operations.T:
            out = x.clone()
            for k, (name, (magnitudes, signed)) in enumerate(self._AUGMENTATION_SPACE.items()):
                bins = magnitudes(self.num_magnitude_bins, height, width)
                magnitude = 0.0 if bins is None else float(bins[self.magnitude])
                # an operation with a direction goes one way for half of its images; others are the same twice
                groups = [(drawn == 2 * k, magnitude), (drawn == 2 * k + 1, -magnitude)]
                for chosen, strength in groups if signed else [(drawn // 2 == k, magnitude)]:
                    if name != "Identity" and chosen.any():
                        at = chosen.nonzero()[:, 0].to(x.device)
                        out[at] = self._apply_image_or_video_transform(
                            x[at], name, strength, interpolation=self.interpolation, fill=self._fill
                        )
            x = out
        return x
