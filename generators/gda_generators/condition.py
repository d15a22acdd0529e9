"""What a network is told beside the noise level: the class, and the augmentation where one was made."""

from __future__ import annotations

from torch import Tensor, nn

from gda_generators.augment import AUGMENTATIONS


class Condition(nn.Module):
    """A vector for each class, plus a linear map of the augmentation; to be added to the embedding of the noise level.

    `classes` is the one tensor of a network whose shape depends on the task's classes: see warm_start.py.
    """

    def __init__(self, n_classes: int, width: int) -> None:
        super().__init__()
        self.classes = nn.Embedding(n_classes, width)
        self.augmentation = nn.Linear(AUGMENTATIONS, width, bias=False)

    def forward(self, labels: Tensor, augmentation: Tensor | None) -> Tensor:
        """labels (N,), augmentation (N, AUGMENTATIONS) or None for images as they are; (N, width) out."""
        told: Tensor = self.classes(labels)
        return told if augmentation is None else told + self.augmentation(augmentation)
