"""`cnn`: a small residual network, fast on a CPU and good at 8 to 64 px."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor, nn

from gda_bench.api import TaskInfo
from gda_classifiers.training import TorchClassifier


@dataclass(kw_only=True, eq=False)
class CNN(TorchClassifier):
    """Stages of two 3x3 convolutions with a shortcut; the image halves between stages until it is at most 4 to 7 px.

    width: channels of the first stage; they double at each halving, up to four times. For the rest see
    TorchClassifier.
    """

    quick: ClassVar[Mapping[str, Any]] = {"width": 8}
    replicas_on_a_gpu: ClassVar[int] = 16

    width: int = 32

    def build(self, task: TaskInfo) -> nn.Module:
        height, width, depth = task.shape
        side, channels = min(height, width), self.width
        # at 28 px and above the stem halves: full resolution costs four times as much and gains little
        stride = 2 if side >= 24 else 1
        layers: list[nn.Module] = [_conv(depth, channels, stride)]
        side //= stride
        while True:
            layers.append(_Residual(channels))
            if side < 8:
                break
            wider = min(2 * channels, 4 * self.width)
            layers.append(_conv(channels, wider, stride=2))
            channels, side = wider, side // 2
        return nn.Sequential(*layers, _Mean(), nn.Linear(channels, task.n_classes))


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(_conv(channels, channels), _conv(channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.body(x)
        return out


class _Mean(nn.Module):
    """Over places. nn.AdaptiveAvgPool2d(1) computes the same, and under vmap one replica after the other."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean((2, 3))


def _conv(depth: int, channels: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(depth, channels, 3, stride, 1, bias=False), nn.BatchNorm2d(channels), nn.ReLU(inplace=True)
    )
