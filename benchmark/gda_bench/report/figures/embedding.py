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
    panels: list[Any] = [_panel(name, found, frame) for name, found in named]
    panels[0] = alt.layer(*panels[0].layer, *_legend()).properties(width=side, height=side)
    # flush: what stands over a panel, such as its title, moves no other panel
    together = alt.concat(*panels, columns=columns, spacing={"row": GAP + TITLE, "column": GAP}, bounds="flush")
    return from_chart(chart.styled(together), alt_text, width=width)


def _columns(panels: int, *, wide: bool) -> int:
    if not wide:
        return min(panels, 2 if panels <= 4 else 3)
    return panels if panels <= 4 else -(-panels // 2)


class _Frame:
    """A square about all points, so that both axes have one scale."""

    def __init__(self, points: Sequence[MapPoint], side: int) -> None:
        self.side = side
        x, y = [p.x for p in points], [p.y for p in points]
        self.half = max(max(x) - min(x), max(y) - min(y), 1e-6) / 2 * 1.06
        self.x, self.y = (max(x) + min(x)) / 2, (max(y) + min(y)) / 2

    def place(self, point: MapPoint) -> tuple[float, float]:
        """Pixels from the upper left corner."""
        scale = self.side / 2 / self.half
        return self.side / 2 + (point.x - self.x) * scale, self.side / 2 - (point.y - self.y) * scale


def _panel(name: str, points: Sequence[MapPoint], frame: _Frame) -> alt.ChartType:
    real = [frame.place(p) for p in points if p.real]
    drawn = [frame.place(p) for p in points if not p.real]
    crosses = [[(x - ARM, y + sign * ARM), (x + ARM, y - sign * ARM)] for x, y in drawn for sign in (1, -1)]
    box = alt.Chart(chart.data([{}])).mark_rect(fill="transparent", stroke=palette.GRID.light, strokeWidth=1)
    edges = {"x": alt.value(0), "y": alt.value(0), "x2": alt.value(frame.side), "y2": alt.value(frame.side)}
    heading = [{"text": chart.fitting(name, frame.side, per=7.5)}]
    title = chart.note(heading, alt.value(1), alt.value(-9), fontWeight="bold")
    strokes = [
        *_strokes([[place] for place in real], frame, palette.REAL.light, width=4.2),
        *_strokes(crosses, frame, palette.MIX.light, width=1.3),
    ]
    return alt.layer(box.encode(**edges), title, *strokes).properties(width=frame.side, height=frame.side)


def _strokes(
    lines: Sequence[Sequence[tuple[float, float]]], frame: _Frame, colour: str, width: float
) -> list[alt.Chart]:
    """Many short lines as one path, a dot where a line has a single point: one mark each would weigh ten times more."""
    rows: list[dict[str, Any]] = []
    for line in lines:
        rows += [{"x": round(x, 1), "y": round(y, 1)} for x, y in line] + [{"x": None, "y": None}]
    if not rows:
        return []
    numbered = [{**row, "i": i} for i, row in enumerate(rows)]
    scale = alt.Scale(domain=[0, frame.side], nice=False, zero=False)
    down = alt.Scale(domain=[frame.side, 0], nice=False, zero=False)
    mark = alt.Chart(chart.data(numbered)).mark_line(
        color=colour, strokeWidth=width, strokeCap="round", opacity=0.8, invalid="break-paths-show-domains"
    )
    return [mark.encode(x=alt.X("x:Q", scale=scale, axis=None), y=alt.Y("y:Q", scale=down, axis=None), order="i:Q")]


def _legend() -> list[alt.Chart]:
    blue, orange = palette.REAL.light, palette.MIX.light
    entries = [
        ("real", {"stroke": blue, "fill": blue, "shape": "circle"}),
        ("synthetic", {"stroke": orange, "fill": "transparent", "shape": CROSS}),
    ]
    layers: list[alt.Chart] = []
    for i, (text, look) in enumerate(entries):
        left, top = 6 + 62 * i, alt.value(-TITLE - 16)
        layers += [
            chart.markers([look], alt.value(left), top, size=40),
            chart.note([{"text": text}], alt.value(left + 10), top),
        ]
    return layers
