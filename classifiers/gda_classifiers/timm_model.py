"""`timm:model=NAME`: any image classifier of the timm library, trained from scratch or from its published weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import timm
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gda_bench.api import TaskInfo, UserError, nearest
from gda_classifiers.training import TorchClassifier

SMALL = 64
"""Up to this side in pixels a ResNet keeps its full resolution through the stem, as is usual for CIFAR."""


@dataclass(kw_only=True, eq=False)
class TimmModel(TorchClassifier):
    """model: a name that timm knows. pretrained: start from timm's weights, from the hub or its cache. size: resize the
    images to this side first, for models that need larger ones. For the rest see TorchClassifier.
    """

    model: str = "resnet18"
    pretrained: bool = False
    size: int | None = None
    lr: float = 1e-3

    def __post_init__(self) -> None:
        super().__post_init__()
        model = self.model
        if not timm.is_model(model):
            raise UserError(f"timm has no model {model!r}: {nearest(model, timm.list_models())}")

    def build(self, task: TaskInfo) -> nn.Module:
        side = self.size or min(task.shape[:2])
        options = {"num_classes": task.n_classes, "in_chans": task.shape[2], "pretrained": self.pretrained}
        try:
            network = timm.create_model(self.model, **options)
        except (OSError, RuntimeError) as error:
            if not self.pretrained:
                raise
            raise UserError(
                f"the weights of timm's {self.model} are not on this machine and cannot be fetched: {error}"
            ) from error
        if side <= SMALL and not self.pretrained:
            _keep_resolution(network, task.shape[2])
        return network if self.size is None else nn.Sequential(_Resize(self.size), network)

    @property
    def head(self) -> nn.Module:
        """timm's own answer: a linear layer, a 1x1 convolution, or the first of several."""
        found = self._timm.get_classifier()
        first: nn.Module = found[0] if isinstance(found, Sequence | nn.ModuleList) else found
        return first

    def reset_head(self) -> None:
        # timm knows of every part: some networks have a second head for distillation or for tokens
        self._timm.reset_classifier(self._timm.num_classes)
        self.network.to(self.device)

    @property
    def _timm(self) -> Any:
        return self.network[1] if isinstance(self.network, nn.Sequential) else self.network


class _Resize(nn.Module):
    def __init__(self, side: int) -> None:
        super().__init__()
        self.side = side

    def forward(self, x: Tensor) -> Tensor:
        return F.interpolate(x, (self.side, self.side), mode="bilinear", antialias=True)


def _keep_resolution(network: nn.Module, depth: int) -> None:
    """Give a ResNet-like network a 3x3 stem without stride or pooling."""
    stem, pool = getattr(network, "conv1", None), getattr(network, "maxpool", None)
    if isinstance(stem, nn.Conv2d) and isinstance(pool, nn.MaxPool2d):
        network.conv1 = nn.Conv2d(depth, stem.out_channels, 3, 1, 1, bias=False)
        torch.nn.init.kaiming_normal_(network.conv1.weight, mode="fan_out", nonlinearity="relu")
        network.maxpool = nn.Identity()
