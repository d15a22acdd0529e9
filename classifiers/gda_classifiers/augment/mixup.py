"""mixup (Zhang et al. 2018, arXiv 1710.09412): images and their labels blended in pairs."""

from __future__ import annotations

import torch
from torch import Tensor

from gda_classifiers.augment.plain import Drawn, Target
from gda_classifiers.augment.standard import Standard
from gda_classifiers.feed import sent

ALPHA = 0.2
"""Of the Beta distribution that the share is drawn from; the paper finds 0.1 to 0.4 right for ImageNet."""


class Mixup(Standard):
    """Each image is blended with another of its batch, by one share for the batch.

    Its loss is that of both labels in the same shares, each under its own image's weight: the weight of real and of
    synthetic images stays what the protocol says.
    """

    def draw(self, n: int) -> Drawn:
        drawn = super().draw(n)
        share = torch.distributions.Beta(ALPHA, ALPHA).sample()
        # torchvision's MixUp takes the next image in the batch, which here is often of the same source
        return {**drawn, "share": share.expand(n), "other": torch.randperm(n)}

    def mix(self, x: Tensor, target: Target, drawn: Drawn) -> tuple[Tensor, list[Target]]:
        share, other = float(drawn["share"][0]), sent(drawn["other"], x.device)
        weight = torch.ones(len(x), device=x.device) if target.weight is None else target.weight
        blended = torch.lerp(x[other], x, share)
        return blended, [Target(target.y, share * weight), Target(target.y[other], (1 - share) * weight[other])]
