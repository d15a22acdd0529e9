"""The chart of a table: above, what real images alone reach; below, what each generator's images are worth in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from gda_bench.report import palette, words
from gda_bench.report.figures import chart
from gda_bench.report.figures.svg import from_chart
from gda_bench.report.model import RealCurve, RealEquivalent

ROW_HEIGHT = 26
NUMBERS = 48
"""Room for those at the axis of the curve."""
MOST = 12
"""Rows; the table holds the rest."""
CENSORED = {"above": chart.ABOVE, "below": chart.BELOW}


@dataclass(frozen=True, slots=True)
class Line:
    """One labelled row. role: of the palette. is_open: the exchange rate may be 0."""

    label: str
    worth: RealEquivalent
    role: str
    is_open: bool

    @property
    def readable(self) -> bool:
        return self.worth.censored != "flat" and self.worth.estimate > 0


def draw(curve: RealCurve, n: int, lines: Sequence[Line], alt_text: str, *, width: int = chart.WIDE) -> str:
    """As SVG. n: the base size. lines: top to bottom."""
    frame = _Frame(curve, n, lines, width)
    panels = [_curve(curve, frame, named=not lines), *([_rows(lines, frame)] if lines else [])]
    return from_chart(chart.styled(chart.stacked(panels, spacing=18)), alt_text, width=width)


class _Frame:
    """The x axis that both panels share, and the room beside it."""

    def __init__(self, curve: RealCurve, n: int, lines: Sequence[Line], width: int) -> None:
        self.n = n
        self.wide = width >= 600
        self.labels = 150 if self.wide else max(NUMBERS, chart.room_for([line.label for line in lines]))
        self.curve_height = 156 if self.wide else 126
        self.plot = width - self.labels - (180 if self.wide else 28)
        self.sizes = sorted({float(p.n) for p in curve.points if p.n > 0})
        ends = [x for line in lines if line.readable for x in (line.worth.estimate, line.worth.low, line.worth.high)]
        reached = [*(x for x in ends if x is not None and x > 0), *self.sizes, float(n)]
        self.low, self.high = min(reached) / 1.12, max(reached) * 1.12

    def x(self, *, named: bool) -> alt.X:
        """Ticks at the sizes that were measured, named under the lowest panel only."""
        axis = alt.Axis(
            values=self.sizes, format=",d", title="real images" if named else None, labelOverlap="greedy",
            labelSeparation=6, labels=named, ticks=named, domain=named,
        )  # fmt: skip
        return alt.X("n:Q", scale=alt.Scale(type="log", domain=[self.low, self.high], nice=False), axis=axis)

    def base_line(self, x: alt.X, *, named: bool) -> list[alt.Chart]:
        return chart.base_line(self.n, x, (self.low, self.high), top=12, named=named)


def _curve(curve: RealCurve, frame: _Frame, *, named: bool) -> chart.Spec:
    x, blue = frame.x(named=named), palette.REAL.light
    axis = alt.Axis(title=None, tickCount=4, **chart.label_column(frame.labels))
    y = alt.Y("value:Q", scale=alt.Scale(zero=False, nice=True), axis=axis)
    band = [{"n": p.n, "value": p.value, "low": p.low, "high": p.high} for p in curve.fitted if p.n > 0]
    means = [{"n": float(p.n), "value": p.mean} for p in curve.points if p.n > 0]
    metric = [{"text": f"{words.metric_name(curve.metric)}, real images only"}]
    layers: list[Any] = [
        alt.Chart(chart.data(band)).mark_area(color=blue, opacity=0.18).encode(x, alt.Y("low:Q"), y2=alt.Y2("high:Q")),
        alt.Chart(chart.data(band)).mark_line(color=blue, strokeWidth=2).encode(x, y),
        *frame.base_line(x, named=True),
        alt.Chart(chart.data(means)).mark_circle(color=blue, opacity=1, size=50).encode(x, y),
        # at the right, where the curve leaves room under it
        chart.note(
            metric, alt.XValue(frame.plot - 4), alt.YValue(142 if frame.wide else 112), align="right", color=blue
        ),
    ]
    return chart.layered(layers, width=frame.plot, height=frame.curve_height)


def _rows(lines: Sequence[Line], frame: _Frame) -> chart.Spec:
    names = [line.label for line in lines]
    axis = alt.Axis(
        title=None, ticks=False, domain=False, labelColor=palette.INK.light, labelLimit=0, labelPadding=8,
        **chart.label_column(frame.labels),
    )  # fmt: skip
    x, y = frame.x(named=True), alt.Y("row:N", sort=names, scale=alt.Scale(domain=names, padding=0), axis=axis)
    spans, marks, ends = [], [], []
    for line in lines:
        if not line.readable:
            continue
        worth, colour = line.worth, palette.OF_ARM[line.role].light
        low = frame.low if worth.low is None else max(worth.low, frame.low)
        high = frame.high if worth.high is None else worth.high
        spans.append({"row": line.label, "n": low, "to": high, "stroke": colour})
        hollow = {"row": line.label, "stroke": colour, "fill": "transparent"}
        ends += [{**hollow, "n": low, "shape": chart.BACK}] if worth.low is None else []
        ends += [{**hollow, "n": high, "shape": chart.ONWARD}] if worth.high is None else []
        look = chart.marker(line.role, is_open=line.is_open, shape=CENSORED.get(worth.censored or ""))
        marks.append({"row": line.label, "n": worth.estimate, **look})
    stroke = alt.Stroke("stroke:N", scale=None, legend=None)
    rule = alt.Chart(chart.data(spans)).mark_rule(strokeWidth=2.5)
    layers: list[Any] = [
        *frame.base_line(x, named=False),
        rule.encode(x, y, x2=alt.X2("to:Q"), stroke=stroke),
        *([chart.markers(ends, x, y, size=60)] if ends else []),
        chart.markers(marks, x, y),
        *(_values(lines, frame, y) if frame.wide else []),
    ]
    return chart.layered(layers, width=frame.plot, height=ROW_HEIGHT * len(lines))


def _values(lines: Sequence[Line], frame: _Frame, y: alt.Y) -> list[alt.Chart]:
    """The numbers beside their rows."""
    texts = [{"row": line.label, "text": str(words.real_equivalent(line.worth))} for line in lines]
    head = chart.note(
        [{"text": "worth in real images"}], alt.XValue(frame.plot + 14), alt.YValue(-8), color=palette.SOFT.light
    )
    return [chart.note(texts, alt.XValue(frame.plot + 14), y), head]
