"""Signals, images of height 1: the networks for pictures made to convolve along time alone, and who serves them."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from gda_bench.api import TaskInfo

SERVED_BY = "gaussian, cvae, edm, ddpm and flow draw signals"


def refuse_signals(task: TaskInfo, why: str) -> str | None:
    """The reason, and who serves them, where the task's images are signals; None where they are pictures."""
    return f"{why}, and a signal is one pixel high: {SERVED_BY}" if task.is_signal else None


def along_time(network: nn.Module) -> None:
    """Put 1 x k kernels, strides and doublings in the place of square ones, untrained; the height stays 1.

    A square kernel would learn k - 1 rows that only ever see padding, and a square stride would halve a height of 1.
    """
    from diffusers.models.upsampling import Upsample2D  # takes a second, and only signals need it

    for parent in list(network.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.Conv2d) and child.kernel_size != (1, 1):
                setattr(parent, name, _flat_convolution(child))
            elif isinstance(child, nn.Upsample):
                setattr(parent, name, nn.Upsample(scale_factor=(1, 2)))
            elif isinstance(child, Upsample2D):
                setattr(parent, name, _Doubled(child))


def fold_time(x: Tensor, by: int) -> Tensor:
    """(N, C, 1, L) to (N, C * by, 1, L / by), neighbours in time as channels."""
    folded: Tensor = x.unflatten(3, (-1, by)).movedim(4, 2).flatten(1, 2)
    return folded


def unfold_time(x: Tensor, by: int) -> Tensor:
    """What fold_time folded, as it was."""
    unfolded: Tensor = x.unflatten(1, (-1, by)).movedim(2, 4).flatten(3)
    return unfolded


def _flat_convolution(square: nn.Conv2d) -> nn.Conv2d:
    width, stride = square.kernel_size[1], square.stride[1]
    return nn.Conv2d(
        square.in_channels,
        square.out_channels,
        (1, width),
        (1, stride),
        (0, width // 2),
        bias=square.bias is not None,
    )


class _Doubled(nn.Module):
    """diffusers' upsampling, along time alone."""

    def __init__(self, square: Any) -> None:
        super().__init__()
        self.conv = _flat_convolution(square.conv)

    def forward(self, x: Tensor, output_size: int | None = None) -> Tensor:
        out: Tensor = self.conv(F.interpolate(x, scale_factor=(1.0, 2.0), mode="nearest"))
        return out
