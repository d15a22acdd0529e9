"""The map of real and synthetic images: all of them together, then one panel a class on the same axes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from xml.etree import ElementTree

from gda_bench.report import gallery, palette
from gda_bench.report.figures import chart
from gda_bench.report.figures.drawing import add, picture, write
from gda_bench.report.figures.svg import to_text
from gda_bench.report.model import MapPoint, Report

MOST_CLASSES = 11
"""With more, the classes that hold most points."""
GAP, TITLE = 14, 20
TOP = 38
"""Room for the legend and the first row's titles."""
MARGIN = 6
"""Above and below."""
LARGEST = 280
"""The widest panel, in pixels."""
ARM = 2.4
"""Half a cross, in pixels."""


def draw(report: Report, alt_text: str, *, width: int = chart.WIDE) -> str | None:
    """The figure as SVG; None where there is no map."""
    points = report.audit.embedding
    if not points:
        return None
    most = Counter(point.label for point in points).most_common(MOST_CLASSES)
    labels = sorted(label for label, _ in most)
    named = [("all classes", points)]
    if len(labels) > 1:
        named += [(gallery.class_name(report, x), [p for p in points if p.label == x]) for x in labels]
    columns = _columns(len(named), wide=width >= 600)
    side = min(LARGEST, (width - 2 * chart.SIDE - GAP * (columns - 1)) // columns)
    frame = _Frame(points, side)
    corners = [((i % columns) * (side + GAP), TOP + (i // columns) * (side + GAP + TITLE)) for i in range(len(named))]
    panels = list(zip(corners, (found for _, found in named), strict=True))
    real = [frame.place(p, corner) for corner, found in panels for p in found if p.real]
    synthetic = [frame.place(p, corner) for corner, found in panels for p in found if not p.real]

    root = picture(width, corners[-1][1] + side + 2 * MARGIN)
    sheet = add(root, "g", fill="none", transform=f"translate({chart.SIDE},{MARGIN})")
    for (x, y), (name, _) in zip(corners, named, strict=True):
        add(sheet, "rect", x=x, y=y, width=side, height=side, stroke=palette.GRID.light)
        write(sheet, chart.fitting(name, side, per=7.5), x + 1, y - 9, weight="bold")
    _marks(sheet, _dots(real), palette.REAL.light, thick=4.2)
    _marks(sheet, _crosses(synthetic, ARM), palette.MIX.light, thick=1.3)
    _legend(sheet)
    return to_text(root, alt_text)


def _columns(panels: int, *, wide: bool) -> int:
    if not wide:
        return min(panels, 2 if panels <= 4 else 3)
    return panels if panels <= 4 else -(-panels // 2)


Place = tuple[float, float]
"""Pixels from the upper left corner of the canvas."""


class _Frame:
    """A square about all points, so that both axes have one scale, in every panel the same."""

    def __init__(self, points: Sequence[MapPoint], side: int) -> None:
        self.side = side
        x, y = [p.x for p in points], [p.y for p in points]
        self.half = max(max(x) - min(x), max(y) - min(y), 1e-6) / 2 * 1.06
        self.x, self.y = (max(x) + min(x)) / 2, (max(y) + min(y)) / 2

    def place(self, point: MapPoint, corner: Place) -> Place:
        """Where a point lies in the panel with this upper left corner."""
        scale = self.side / 2 / self.half
        left, top = corner
        return left + self.side / 2 + (point.x - self.x) * scale, top + self.side / 2 - (point.y - self.y) * scale


def _legend(sheet: ElementTree.Element) -> None:
    """The marks, larger than in the panels, over the first of them."""
    real, synthetic = (6, 8), (68, 8)
    _marks(sheet, _dots([real]), palette.REAL.light, thick=8)
    _marks(sheet, _crosses([synthetic], 3.2), palette.MIX.light, thick=2)
    for name, (x, y) in (("real", real), ("synthetic", synthetic)):
        write(sheet, name, x + 10, y)


def _marks(parent: ElementTree.Element, path: str, colour: str, *, thick: float) -> None:
    """All of a kind as one path: one element each would weigh ten times more."""
    if path:
        add(parent, "path", d=path, stroke=colour, stroke_width=thick, stroke_linecap="round", opacity=0.8)


def _dots(centres: Iterable[Place]) -> str:
    """Lines of no length, which round caps make dots of."""
    return "".join(f"M{x:.4g},{y:.4g}Z" for x, y in centres)


def _crosses(centres: Iterable[Place], arm: float) -> str:
    return "".join(
        f"M{x - arm:.4g},{y + sign * arm:.4g}L{x + arm:.4g},{y - sign * arm:.4g}"
        for x, y in centres
        for sign in (1, -1)
    )
