"""Signals, images one pixel high, as lines: time to the right, amplitude upwards."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import TypeAlias

from PIL import Image

SIZE = (112, 56)
"""Width and height of a line's panel, in pixels."""
MARGIN = 3

Span: TypeAlias = tuple[int, int]
"""Lowest and highest grey level; one for all panels, so that they can be compared."""


def span(pngs: Sequence[str]) -> Span | None:
    """Of these PNGs in base64; None where none can be read."""
    levels = [level for text in pngs for level in _levels(text)]
    return (min(levels), max(levels)) if levels else None


def trace(png: str, span: Span) -> str:
    """The path of an SVG, SIZE wide and high; empty where the PNG is no signal."""
    levels = _levels(png)
    if len(levels) < 2:
        return ""
    width, height = (side - 2 * MARGIN for side in SIZE)
    low, high = span
    places = (
        (MARGIN + width * i / (len(levels) - 1), MARGIN + height * (1 - (level - low) / max(1, high - low)))
        for i, level in enumerate(levels)
    )
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _levels(png: str) -> list[int]:
    """The grey levels of a PNG in base64 that is one pixel high; none of anything else."""
    try:
        with Image.open(io.BytesIO(base64.b64decode(png, validate=True)), formats=("PNG",)) as image:
            return list(image.convert("L").tobytes()) if image.height == 1 else []
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return []
