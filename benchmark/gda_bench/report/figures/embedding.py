"""The map of real and synthetic images: all of them together, then one panel a class on the same axes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import altair as alt

from gda_bench.report import gallery, palette
from gda_bench.report.figures import chart
from gda_bench.report.figures.svg import from_chart
from gda_bench.report.model import MapPoint, Report

MOST_CLASSES = 11
"""With more, the classes that hold most points."""
GAP, TITLE = 14, 20
TOP = 38
"""Room for the legend and the first row's titles."""
LARGEST = 280
"""The widest panel, in pixels."""
ARM = 2.4
"""Half a cross, in pixels."""
CROSS = "M-1,-1L1,1M-1,1L1,-1"


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
    canvas = _Canvas(columns * (side + GAP) - GAP, corners[-1][1] + side)
    panels = [(corner, found) for corner, (_, found) in zip(corners, named, strict=True)]
    real = [[frame.place(p, corner)] for corner, found in panels for p in found if p.real]
    centres = [frame.place(p, corner) for corner, found in panels for p in found if not p.real]
    crosses = [[(x - ARM, y + sign * ARM), (x + ARM, y - sign * ARM)] for x, y in centres for sign in (1, -1)]
    layers = [
        canvas.boxes(corners, side),
        canvas.titles(
            [(corner, chart.fitting(name, side, per=7.5)) for corner, (name, _) in zip(corners, named, strict=True)]
        ),
        *canvas.strokes(real, palette.REAL.light, width=4.2),
        *canvas.strokes(crosses, palette.MIX.light, width=1.3),
        *_legend(),
    ]
    together = chart.layered(layers, width=canvas.width, height=canvas.height)
    return from_chart(chart.styled(together), alt_text, width=width)


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


class _Canvas:
    """One chart that all panels are drawn on, in pixels: a chart for each panel would take ten times as long."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        across = alt.Scale(domain=[0, width], nice=False, zero=False)
        down = alt.Scale(domain=[height, 0], nice=False, zero=False)
        self.x, self.y = alt.X("x:Q", scale=across, axis=None), alt.Y("y:Q", scale=down, axis=None)

    def boxes(self, corners: Sequence[Place], side: int) -> alt.Chart:
        rows = [{"x": x, "y": y, "right": x + side, "low": y + side} for x, y in corners]
        box = alt.Chart(chart.data(rows)).mark_rect(fill="transparent", stroke=palette.GRID.light, strokeWidth=1)
        drawn: alt.Chart = box.encode(x=self.x, y=self.y, x2=alt.X2("right:Q"), y2=alt.Y2("low:Q"))
        return drawn

    def titles(self, titles: Sequence[tuple[Place, str]]) -> alt.Chart:
        rows = [{"x": x + 1, "y": y - 9, "text": text} for (x, y), text in titles]
        return chart.note(rows, self.x, self.y, fontWeight="bold")

    def strokes(self, lines: Sequence[Sequence[Place]], colour: str, width: float) -> list[alt.Chart]:
        """Many short lines as one path, a dot where a line has a single point: one mark each would weigh ten times
        more."""
        rows: list[dict[str, Any]] = []
        for line in lines:
            rows += [{"x": round(x, 1), "y": round(y, 1)} for x, y in line] + [{"x": None, "y": None}]
        if not rows:
            return []
        numbered = [{**row, "i": i} for i, row in enumerate(rows)]
        mark = alt.Chart(chart.data(numbered)).mark_line(
            color=colour, strokeWidth=width, strokeCap="round", opacity=0.8, invalid="break-paths-show-domains"
        )
        return [mark.encode(x=self.x, y=self.y, order=alt.Order("i:Q"))]


def _legend() -> list[alt.Chart]:
    blue, orange = palette.REAL.light, palette.MIX.light
    entries = [
        ("real", {"stroke": blue, "fill": blue, "shape": "circle"}),
        ("synthetic", {"stroke": orange, "fill": "transparent", "shape": CROSS}),
    ]
    layers: list[alt.Chart] = []
    for i, (text, look) in enumerate(entries):
        left, top = 6 + 62 * i, alt.YValue(8)
        layers += [
            chart.markers([look], alt.XValue(left), top, size=40),
            chart.note([{"text": text}], alt.XValue(left + 10), top),
        ]
    return layers
