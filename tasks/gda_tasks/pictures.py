"""From decoded values in their own unit to pictures of one size: greys, then geometry, by MONAI's transforms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from gda_bench.api import F32, U8
from gda_tasks.problems import UnusableError

Range = tuple[float, float]
"""The values that become black and white, in the unit of the file."""
Plane = Literal["axial", "coronal", "sagittal"]


@dataclass(frozen=True, slots=True)
class View:
    """How files are shown. size: pixels of a side. channels: 1 or 3. shown: the range of all grey files; None for each
    file's own. spacing: mm a pixel; None to fit the picture into the square, or to fill it. plane: of volumes."""

    size: int
    channels: Literal[1, 3] = 1
    shown: Range | None = None
    spacing: float | None = None
    fit: Literal["pad", "crop"] = "pad"
    plane: Plane = "axial"


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """values: (S, H, W, C), S slices of a volume or one image, C 1 or 3. shown: black and white. inverted: black is the
    higher value. spacing: mm from row to row and from column to column, if known."""

    values: F32
    shown: Range
    inverted: bool = False
    spacing: tuple[float, float] | None = None


def render(decoded: Decoded, view: View) -> U8:
    """Pictures (S, size, size, channels), of a volume those that are not blank.

    Aspect is kept, in mm where the spacing is known. Edges that a picture does not reach are black.
    Raises UnusableError where all are blank, or of another kind than asked.
    """
    from monai.transforms import ResizeWithPadOrCrop, ScaleIntensityRange

    values = _with_channels(decoded.values, view.channels)
    grey = np.asarray(ScaleIntensityRange(*decoded.shown, 0.0, 255.0, clip=True)(np.moveaxis(values, 3, 1)), np.float32)
    grey = grey[np.ptp(grey, axis=(2, 3)).any(axis=1)]
    n, channels, height, width = grey.shape
    if not n:
        raise UnusableError(f"is one grey throughout, shown from {decoded.shown[0]:g} to {decoded.shown[1]:g}")
    if decoded.inverted:
        grey = 255.0 - grey
    # slices and channels are both channels to MONAI, whose transforms are then two-dimensional
    flat = _resized(grey.reshape(n * channels, height, width), _target(height, width, decoded.spacing, view))
    square = ResizeWithPadOrCrop((view.size, view.size))(flat)
    pictures = np.asarray(square, np.float32).reshape(n, channels, view.size, view.size)
    return np.moveaxis(np.rint(pictures).clip(0, 255).astype(np.uint8), 1, 3)


def _target(height: int, width: int, spacing: tuple[float, float] | None, view: View) -> tuple[int, int]:
    """Rows and columns that the whole picture is to have, before it is padded or cut to the square."""
    if view.spacing and not spacing:
        raise UnusableError("names no pixel spacing: leave spacing= out, or this file")
    tall, wide = spacing or (1.0, 1.0)
    extent = height * tall, width * wide
    scale = 1 / view.spacing if view.spacing else view.size / (max if view.fit == "pad" else min)(extent)
    return max(1, round(extent[0] * scale)), max(1, round(extent[1] * scale))


def _resized(channels_first: F32, target: tuple[int, int]) -> F32:
    """Averages over areas where the picture shrinks, straight lines between pixels where it grows."""
    from monai.transforms import Resize

    if channels_first.shape[1:] == target:
        return channels_first
    shrinks = channels_first.shape[1] * channels_first.shape[2] > target[0] * target[1]
    resized = Resize(target, mode="area" if shrinks else "bilinear")(channels_first)
    return np.asarray(resized, np.float32)


def _with_channels(values: F32, channels: int) -> F32:
    if values.shape[3] == channels:
        return values
    if channels == 3:
        return np.repeat(values, 3, axis=3)
    if not (values == values[..., :1]).all():
        raise UnusableError("is in colour: add channels=3")
    return values[..., :1]


def spread(values: F32) -> Range:
    """Of values that have no unit: from the 0.5th to the 99.5th percentile, from the least to the greatest if those
    are one. Raises UnusableError where there is but one value."""
    for percentiles in ((0.5, 99.5), (0, 100)):
        low, high = np.percentile(values, percentiles)
        if low < high:
            return float(low), float(high)
    raise UnusableError(f"is {low:g} throughout")


def whole(values: F32, low: float, high: float) -> Range:
    """All that the bits can hold. Raises UnusableError where an image uses so little of it that few greys are left."""
    if high - low > 255 and np.ptp(values) * 16 < high - low:
        reach = f"{values.min():,.0f} to {values.max():,.0f} of {low:,.0f} to {high:,.0f}"
        raise UnusableError(f"names no window, and its values are {reach}: say what to show with level= and window=")
    return low, high
