"""The chart of laws: the measured worth of each mix against m, and the fitted laws through them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import altair as alt

from gda_bench.report import palette, reading, words
from gda_bench.report.figures import chart
from gda_bench.report.figures.svg import from_chart
from gda_bench.report.model import ArmRow, LawCandidate, RealEquivalent, Report

LABELS = 62
DASHES: tuple[list[int], ...] = ([7, 3], [2, 3], [9, 3, 2, 3], [4, 2])
MOST_TICKS = 9
APART = 19
"""Pixels between the names of two laws."""
CENSORED = {"above": "triangle-up", "below": "triangle-down"}
UPWARD, DOWNWARD = "M-0.9,0.5L0,-0.5L0.9,0.5", "M-0.9,-0.5L0,0.5L0.9,-0.5"


def draw(report: Report, alt_text: str, *, width: int = chart.WIDE) -> str | None:
    """The figure as SVG; None where there are no laws or nothing was measured to draw them through."""
    rows, laws = reading.mixes(report), reading.drawn_laws(report)
    if not rows or not laws:
        return None
    frame = _Frame(report, rows, width)
    named = _laws(report, laws, frame)
    layers: list[Any] = [
        *([frame.base_line()] if frame.n else []),
        *_lines(named, frame),
        *_measured(rows, frame),
        *_names(named, frame),
        chart.note([{"text": "worth in real images"}], alt.XValue(10 - LABELS), alt.YValue(-16)),
    ]
    drawn = chart.layered(layers, width=frame.plot, height=frame.height)
    return from_chart(chart.styled(drawn), alt_text, width=width)


class _Frame:
    """Both axes, in logarithms, as wide as what was measured."""

    def __init__(self, report: Report, rows: Sequence[ArmRow], width: int) -> None:
        wide = width >= 600
        self.n = reading.base_size(report)
        self.right = 170 if wide else 112
        self.plot = width - LABELS - self.right
        self.height = 300 if wide else 250
        self.added = sorted({row.n_synth for row in rows})
        found = [worth for row in rows if (worth := row.real_equivalent)]
        reached = [x for w in found for x in (w.estimate, w.low, w.high) if x is not None and x > 0]
        reached += [float(self.n)] if self.n else []
        # a single value still needs an axis around it
        room = max(1.08, (max(reached) / min(reached)) ** 0.08)
        self.low, self.high = min(reached) / room, max(reached) * room
        self.first, self.last = self.added[0] / 1.3, self.added[-1] * 1.3

    @property
    def x(self) -> alt.X:
        axis = alt.Axis(
            title="m, synthetic images added",
            values=self.added,
            format=",d",
            grid=False,
            labelOverlap="greedy",
            labelSeparation=6,
        )
        return alt.X("m:Q", scale=alt.Scale(type="log", domain=[self.first, self.last], nice=False), axis=axis)

    @property
    def y(self) -> alt.Y:
        axis = alt.Axis(title=None, values=ticks(self.low, self.high), format=",d", **chart.label_column(LABELS))
        return alt.Y("worth:Q", scale=alt.Scale(type="log", domain=[self.low, self.high], nice=False), axis=axis)

    def base_line(self) -> Any:
        rule = alt.Chart(chart.data([{"worth": self.n}])).mark_rule(color=palette.SOFT.light, strokeDash=[4, 4])
        return rule.encode(self.y)

    def pixel(self, worth: float) -> float:
        return self.height * math.log(self.high / worth) / math.log(self.high / self.low)


@dataclass(frozen=True)
class _Law:
    """One law as it is drawn. points: the part of its line inside the frame. style: the look of the line."""

    name: str
    points: list[tuple[float, float]]
    style: dict[str, Any]


def _style(colour: str, width: float, dash: Sequence[int]) -> dict[str, Any]:
    return {"stroke": colour, "width": width, "dash": list(dash)}


def _styled_by_row(layer: alt.Chart) -> alt.Chart:
    """Lines in the style that stands in their rows, so that one layer holds all of them."""
    drawn: alt.Chart = layer.encode(
        stroke=alt.Stroke("stroke:N", scale=None, legend=None),
        strokeWidth=alt.StrokeWidth("width:Q", scale=None, legend=None),
        strokeDash=alt.StrokeDash("dash:N", scale=None, legend=None),
    )
    return drawn


def _lines(laws: Sequence[_Law], frame: _Frame) -> list[alt.Chart]:
    rows = [{"m": m, "worth": worth, "law": i, **law.style} for i, law in enumerate(laws) for m, worth in law.points]
    lines = alt.Chart(chart.data(rows)).mark_line().encode(frame.x, frame.y, detail=alt.Detail("law:N"))
    return [_styled_by_row(lines)] if rows else []


def _laws(report: Report, fits: Sequence[LawCandidate], frame: _Frame) -> list[_Law]:
    drawn = []
    others = [fit.name for fit in fits if report.law and fit.name != report.law.selected]
    for fit in fits:
        dash = DASHES[others.index(fit.name) % len(DASHES)] if fit.name in others else []
        points = _inside([(float(p.n_synth), p.real_equivalent) for p in fit.curve], frame)
        if len(points) > 1:
            look = _style(palette.SOFT.light, 1.4, dash) if dash else _style(palette.INK.light, 2.5, [])
            drawn.append(_Law(words.plain(fit.name), points, look))
    return drawn


def _inside(curve: Sequence[tuple[float, float]], frame: _Frame) -> list[tuple[float, float]]:
    """The first stretch of the curve within the frame, cut at its edges; m and worth are kept above 0 for the log."""
    points = sorted((m, max(worth, 1e-9)) for m, worth in curve if m > 0)
    found: list[tuple[float, float]] = []
    steps = 24  # between two points of the document, so that a cut lies close to the edge
    for (m, worth), (to, then) in pairwise(points):
        for i in range(steps):
            share = i / steps
            place = m * (to / m) ** share, worth * (then / worth) ** share
            if frame.first <= place[0] <= frame.last and frame.low <= place[1] <= frame.high:
                found.append(place)
            elif found:
                return _thinned(found)
    return _thinned(found)


def _thinned(points: list[tuple[float, float]], most: int = 60) -> list[tuple[float, float]]:
    """At most about this many of the points, first and last among them."""
    step = max(1, len(points) // most)
    return [*points[:-1:step], points[-1]] if points else []


def _measured(rows: Sequence[ArmRow], frame: _Frame) -> list[alt.Chart]:
    spans, ends, marks = [], [], []
    colour = palette.MIX.light
    for row in rows:
        worth = row.real_equivalent or RealEquivalent(estimate=1, low=None, high=None)
        low = frame.low if worth.low is None else worth.low
        high = frame.high if worth.high is None else worth.high
        place = {"m": row.n_synth}
        spans.append({**place, "worth": low, "to": high})
        hollow = {**place, "stroke": colour, "fill": "transparent"}
        if worth.low is None:
            ends.append({**hollow, "worth": low, "shape": DOWNWARD})
        if worth.high is None:
            ends.append({**hollow, "worth": high, "shape": UPWARD})
        look = chart.marker("mix", is_open=reading.includes_zero(row), shape=CENSORED.get(worth.censored or ""))
        marks.append({**place, "worth": worth.estimate, **look})
    rule = alt.Chart(chart.data(spans)).mark_rule(strokeWidth=2, color=colour)
    return [
        rule.encode(frame.x, frame.y, y2=alt.Y2("to:Q")),
        *([chart.markers(ends, frame.x, frame.y, size=60)] if ends else []),
        chart.markers(marks, frame.x, frame.y),
    ]


def _names(laws: Sequence[_Law], frame: _Frame) -> list[alt.Chart]:
    """Each law's name beside a piece of its line, at about the height at which the line ends."""
    wished = [(frame.pixel(law.points[-1][1]), law.name, law.style) for law in laws]
    if frame.n:
        wished.append((frame.pixel(frame.n), f"n = {words.number(frame.n)}", _style(palette.SOFT.light, 1, [4, 4])))
    wished.sort(key=lambda name: name[0])
    tops = spread([top for top, _, _ in wished], frame.height)
    rows = [
        {"top": top, "text": chart.fitting(name, frame.right - 40, per=8), **style}
        for top, (_, name, style) in zip(tops, wished, strict=True)
    ]
    left, y = frame.plot + 8, alt.Y(**chart.pixels("top"))
    sample = alt.Chart(chart.data(rows)).mark_rule()
    layers = [_styled_by_row(sample.encode(x=alt.XValue(left), x2=alt.X2Value(left + 24), y=y))]
    for weight, found in (
        ("bold", [row for row in rows if not row["dash"]]),
        ("normal", [row for row in rows if row["dash"]]),
    ):
        layers += [chart.note(found, alt.XValue(left + 30), y, fontWeight=weight)] if found else []
    return layers


def spread(wished: Sequence[float], height: float) -> list[float]:
    """Places for labels that wish to stand at these heights, ascending: at least APART from each other, within it."""
    tops = list(wished)
    for i in range(1, len(tops)):
        tops[i] = max(tops[i], tops[i - 1] + APART)
    for i in reversed(range(len(tops))):
        tops[i] = min(tops[i], height if i == len(tops) - 1 else tops[i + 1] - APART)
    return tops


STEPS: tuple[list[float], ...] = (
    [1],
    [1, 2, 5],
    [1, 1.5, 2, 3, 4, 5, 7],
    [float(i) for i in range(1, 10)],
    [i / 2 for i in range(2, 20)],
    [i / 4 for i in range(4, 40)],
    [i / 20 for i in range(20, 200)],
)
"""Within a decade, coarse to fine."""


def ticks(low: float, high: float) -> list[float]:
    """Round numbers on a logarithmic axis: four or more where it is long enough for them, and never many."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found: list[float] = []
    for steps in STEPS:
        found = [step * 10.0**power for power in decades for step in steps if low <= step * 10.0**power <= high]
        if len(found) >= 4:
            break
    return found[:: -(-len(found) // MOST_TICKS)] if found else []
