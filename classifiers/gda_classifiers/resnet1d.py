"""`resnet1d`: a residual network that convolves along time, for signals: images one pixel high."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from monai.networks.nets import ResNet
from torch import Tensor, nn

from gda_bench.api import TaskInfo
from gda_classifiers.training import TorchClassifier

STEM = 15
"""Samples that the first convolution sees; with less it takes several layers to see a QRS complex, 0.1 s, as one."""


@dataclass(kw_only=True, eq=False)
class ResNet1d(TorchClassifier):
    """MONAI's ResNet in one dimension: four stages of `layers` basic blocks each, as ResNet-18 where layers=2.

    width: channels of the first stage; they double in the second and third. shift: largest shift in time, in samples
    either way, the ends repeated; 0 for none. augment: without `randaugment`, whose turns are of pictures. For the rest
    see TorchClassifier.
    """

    quick: ClassVar[Mapping[str, Any]] = {"width": 8, "layers": 1, "shift": 0}
    replicas_on_a_gpu: ClassVar[int] = 16

    width: int = 32
    layers: int = 2
    shift: int | None = 8

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.augment == "randaugment" or self.flip:
            raise ValueError(
                "signals are neither mirrored nor turned: use augment=standard, mixup or none, and no flip"
            )

    def supports(self, task: TaskInfo) -> str | None:
        if task.is_signal:
            return None
        height, width, _ = task.shape
        return f"it reads signals, one pixel high, and the images are {height} x {width} px: use cnn or timm:model=NAME"

    def build(self, task: TaskInfo) -> nn.Module:
        return _AlongTime(
            ResNet(
                "basic",
                layers=[self.layers] * 4,
                block_inplanes=[self.width, 2 * self.width, 4 * self.width, 4 * self.width],
                spatial_dims=1,
                n_input_channels=task.shape[2],
                conv1_t_size=STEM,
                conv1_t_stride=2,
                num_classes=task.n_classes,
            )
        )


class _AlongTime(nn.Module):
    """A network of (N, C, L) that takes images (N, C, 1, L)."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.network(x.squeeze(2).contiguous())
        return logits
