"""The pairs of the audit as pictures that are safe to show: each checked to be a PNG, scaled by whole numbers."""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Sequence
from typing import TypeAlias

from gda_bench.report import signals
from gda_bench.report.blocks import Tile
from gda_bench.report.model import GalleryPair, Report
from gda_bench.report.reading import COPIED
from gda_bench.report.signals import Span
from gda_bench.report.words import number, plain

TARGET = 56
"""Wished width of an image on the page, in pixels."""
LARGEST = 4096
SAMPLES, CLOSEST = "samples", "closest"
"""The figures: the first samples of each class, and the samples nearest to a training image."""
MOST_NAMED = 40
"""What is said of a figure in words stops after as many numbers."""

Groups: TypeAlias = tuple[tuple[str, tuple[Tile, ...]], ...]


def by_class(report: Report) -> Groups:
    """The first samples by class, in label order."""
    pairs = report.audit.gallery
    span = _span(pairs)
    return tuple(
        (class_name(report, label), tuple(_tile(pair, span) for pair in pairs if pair.label == label))
        for label in sorted({pair.label for pair in pairs})
    )


def in_order(report: Report) -> Groups:
    """The closest samples without headings, the closest first, each with its class."""
    pairs = sorted(report.audit.closest, key=lambda pair: pair.ratio)
    span = _span(pairs)
    return (("", tuple(_tile(pair, span, class_name(report, pair.label)) for pair in pairs)),)


def class_name(report: Report, label: int) -> str:
    classes = report.task.classes
    return plain(classes[label]) if label < len(classes) else f"class {label}"


def is_crisp(pairs: Sequence[GalleryPair]) -> bool:
    """Whether images are enlarged, so that their pixels should stay square."""
    sizes = [_png_size(pair.synthetic) for pair in pairs]
    return all(size is None or size[0] <= TARGET for size in sizes)


def _tile(pair: GalleryPair, span: Span | None, name: str = "") -> Tile:
    traces = [signals.trace(text, span) for text in (pair.synthetic, pair.nearest)] if span else []
    if len(traces) == 2 and all(traces):
        lines = (traces[0], traces[1])
        return Tile("", "", *signals.SIZE, number(pair.ratio, 2), pair.ratio < COPIED, name, lines)
    size = _png_size(pair.synthetic) or _png_size(pair.nearest) or (TARGET, TARGET)
    width, height = _shown(*size)
    return Tile(
        synthetic=_uri(pair.synthetic),
        nearest=_uri(pair.nearest),
        width=width,
        height=height,
        ratio=number(pair.ratio, 2),
        copied=pair.ratio < COPIED,
        name=name,
    )


def _span(pairs: Sequence[GalleryPair]) -> Span | None:
    """The grey levels between which all signals among the pairs lie; None where there is none."""
    return signals.span([text for pair in pairs for text in (pair.synthetic, pair.nearest) if _is_signal(text)])


def _is_signal(text: str) -> bool:
    size = _png_size(text)
    return size is not None and size[1] == 1 < size[0]


def _shown(width: int, height: int) -> tuple[int, int]:
    if width <= TARGET:
        factor = max(1, round(TARGET / width))
        return factor * width, factor * height
    shown = min(width, 2 * TARGET)
    return shown, max(1, round(height * shown / width))


def _uri(text: str) -> str:
    if _png_size(text) is None:
        return ""
    return "data:image/png;base64," + base64.b64encode(base64.b64decode(text)).decode("ascii")


def _png_size(text: str) -> tuple[int, int] | None:
    """Width and height from the header of a PNG in base64; None for anything else."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(data) < 33 or not data.startswith(b"\x89PNG\r\n\x1a\n") or data[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", data[16:24])
    return (width, height) if 0 < width <= LARGEST and 0 < height <= LARGEST else None
