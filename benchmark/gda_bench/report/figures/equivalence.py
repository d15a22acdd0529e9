"""The chart of worth: above, the real curve and where each mix meets it; below, what each is worth in real images."""

from __future__ import annotations

from typing import Any

import altair as alt

from gda_bench.report import palette, reading, words
from gda_bench.report.figures import chart
from gda_bench.report.figures.svg import from_chart
from gda_bench.report.model import ArmRow, RealCurve, RealEquivalent, Report

ROW_HEIGHT = 27
CENSORED = {"above": chart.ABOVE, "below": chart.BELOW}


def draw(report: Report, alt_text: str, *, width: int = chart.WIDE) -> str | None:
    """The figure as SVG; None where there is no real curve."""
    curve = report.real_curve
    if curve is None or not reading.has_curve(report):
        return None
    rows = reading.worth_arms(report)
    frame = _Frame(report, curve, rows, width)
    panels = [_upper(report, curve, rows, frame)]
    if rows:
        panels.append(_lower(report, rows, frame))
    return from_chart(chart.styled(chart.stacked(panels, spacing=28)), alt_text, width=width)


class _Frame:
    """The x axis that both panels share, and the room beside it."""

    def __init__(self, report: Report, curve: RealCurve, rows: list[ArmRow], width: int) -> None:
        self.n = reading.base_size(report)
        self.wide = width >= 600
        self.labels = 144 if self.wide else 96
        self.plot = width - self.labels - (210 if self.wide else 22)
        self.sizes = sorted({float(p.n) for p in curve.points if p.n > 0})
        found = [row.real_equivalent for row in rows if row.real_equivalent and row.real_equivalent.censored != "flat"]
        reached = [x for f in found for x in (f.estimate, f.low, f.high) if x is not None and x > 0]
        reached += [*self.sizes, *(p.n for p in curve.fitted if p.n > 0), *([float(self.n)] if self.n else [])]
        self.low, self.high = min(reached) / 1.15, max(reached) * 1.15

    def x(self, *, named: bool) -> alt.X:
        """Ticks at the sizes that were measured; named under the lowest panel only."""
        axis = alt.Axis(
            values=self.sizes,
            format=",d",
            title=("real images" if named else None),
            labelOverlap="greedy",
            labelSeparation=6,
            labels=named,
            ticks=named,
            domain=named,
        )
        return alt.X("n:Q", scale=alt.Scale(type="log", domain=[self.low, self.high], nice=False), axis=axis)

    def base_line(self, x: alt.X, *, named: bool) -> list[alt.Chart]:
        return chart.base_line(self.n, x, (self.low, self.high), top=14, named=named) if self.n else []


def _upper(report: Report, curve: RealCurve, rows: list[ArmRow], frame: _Frame) -> chart.Spec:
    x, real = frame.x(named=not rows), palette.REAL.light
    axis = alt.Axis(title=None, tickCount=6, **chart.label_column(frame.labels))
    y = alt.Y("value:Q", scale=alt.Scale(zero=False, nice=True), axis=axis)
    band = [{"n": p.n, "value": p.value, "low": p.low, "high": p.high} for p in curve.fitted if p.n > 0]
    means = [{"n": float(p.n), "value": p.mean, "sd": p.sd, "stroke": real} for p in curve.points if p.n > 0]
    landed = _landings(report, rows)
    layers: list[Any] = [
        alt.Chart(chart.data(band)).mark_area(color=real, opacity=0.18).encode(x, alt.Y("low:Q"), y2=alt.Y2("high:Q")),
        alt.Chart(chart.data(band)).mark_line(color=real, strokeWidth=2).encode(x, y),
        *frame.base_line(x, named=True),
        *_spreads(means, x),
        alt.Chart(chart.data(means)).mark_circle(color=real, opacity=1, size=55).encode(x, y),
        *_way(landed, frame, x, y),
        *_spreads(landed, x),
        *([chart.markers(landed, x, y, size=90 if frame.wide else 60)] if landed else []),
        *_legend(frame, bool(landed)),
        _metric(words.metric_name(curve.metric), frame),
    ]
    return chart.layered(layers, width=frame.plot, height=300 if frame.wide else 230)


def _metric(name: str, frame: _Frame) -> alt.Chart:
    left, align = (-8, "right") if frame.wide else (12 - frame.labels, "left")
    return chart.note([{"text": name}], alt.XValue(left), alt.YValue(-18), align=align, limit=118)


def _spreads(means: chart.Rows, x: alt.X) -> list[alt.Chart]:
    """± sd over seeds."""
    bars = [{**m, "low": m["value"] - m["sd"], "high": m["value"] + m["sd"]} for m in means if m["sd"] is not None]
    stroke = alt.Stroke("stroke:N", scale=None, legend=None)
    rule = alt.Chart(chart.data(bars)).mark_rule(strokeWidth=1.5)
    return [rule.encode(x, alt.Y("low:Q"), y2=alt.Y2("high:Q"), stroke=stroke)] if bars else []


def _landings(report: Report, rows: list[ArmRow]) -> list[dict[str, Any]]:
    """Each mix where the curve reaches its mean."""
    return [
        {
            "n": worth.estimate,
            "value": row.mean,
            "sd": row.sd,
            "headline": reading.is_headline(row, report),
            **chart.marker("mix", is_open=reading.includes_zero(row), shape=CENSORED.get(worth.censored or "")),
        }
        for row in rows
        if row.arm == "mix" and row.mean is not None and (worth := _readable(row)) is not None
    ]


def _readable(row: ArmRow) -> RealEquivalent | None:
    worth = row.real_equivalent
    return None if worth is None or worth.censored == "flat" or worth.estimate <= 0 else worth


def _way(landed: list[dict[str, Any]], frame: _Frame, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """How the headline is read: from n at the height of its mean across to the curve, then down to its row."""
    found = [{"n": place["n"], "value": place["value"], "from": frame.n} for place in landed if place["headline"]]
    if not found or not frame.n:
        return []
    line = alt.Chart(chart.data(found)).mark_rule(color=palette.MIX.light, strokeWidth=1.2)
    return [line.encode(x, y, x2=alt.X2("from:Q")), line.encode(x, y, y2=alt.Y2Value("height"))]


def _legend(frame: _Frame, has_mix: bool) -> list[alt.Chart]:
    """What the marks are: beside the panel, or over it where there is no room."""
    blue = palette.REAL.light
    entries = [("real images only, ± sd", {"stroke": blue, "fill": blue, "shape": "circle"})]
    if has_mix:
        entries.append(("n real + m synthetic, ± sd", chart.marker("mix", is_open=False)))
    return chart.legend(entries, frame.plot + 22, 12) if frame.wide else chart.legend(entries, -60, -62)


def _lower(report: Report, rows: list[ArmRow], frame: _Frame) -> chart.Spec:
    labels = {id(row): _label(row, frame) for row in rows}
    bold = [labels[id(row)] for row in rows if reading.is_headline(row, report)]
    x, y = frame.x(named=True), _row_axis(list(labels.values()), bold, frame)
    spans, marks, ends = [], [], []
    for row in rows:
        worth = _readable(row)
        if worth is None:
            continue
        place, colour = {"row": labels[id(row)]}, palette.OF_ARM[row.arm].light
        low = frame.low if worth.low is None else worth.low
        high = frame.high if worth.high is None else worth.high
        spans.append({**place, "n": low, "to": high, "stroke": colour})
        hollow = {**place, "stroke": colour, "fill": "transparent"}
        if worth.low is None:
            ends.append({**hollow, "n": low, "shape": chart.BACK})
        if worth.high is None:
            ends.append({**hollow, "n": high, "shape": chart.ONWARD})
        look = chart.marker(row.arm, is_open=reading.includes_zero(row), shape=CENSORED.get(worth.censored or ""))
        marks.append({**place, "n": worth.estimate, **look})
    stroke = alt.Stroke("stroke:N", scale=None, legend=None)
    layers: list[Any] = [
        *frame.base_line(x, named=False),
        alt.Chart(chart.data(spans)).mark_rule(strokeWidth=2.5).encode(x, y, x2=alt.X2("to:Q"), stroke=stroke),
        chart.markers(ends, x, y, size=60),
        chart.markers(marks, x, y),
        *(_values(rows, labels, bold, frame, y) if frame.wide else []),
    ]
    return chart.layered(layers, width=frame.plot, height=ROW_HEIGHT * len(rows))


def _label(row: ArmRow, frame: _Frame) -> str:
    added = f"{row.arm} +{words.number(row.n_synth)}"
    return f"{added} ({words.times(row.n_synth, row.n_real)})" if frame.wide else added


def _row_axis(labels: list[str], bold: list[str], frame: _Frame) -> alt.Y:
    weight = alt.condition(f"indexof({bold!r}, datum.value) >= 0", alt.value("bold"), alt.value("normal"))
    axis = alt.Axis(
        title=None,
        ticks=False,
        domain=False,
        labelFontWeight=weight,
        labelColor=palette.INK.light,
        labelLimit=0,
        labelPadding=8,
        **chart.label_column(frame.labels),
    )
    return alt.Y("row:N", sort=labels, scale=alt.Scale(domain=labels, padding=0), axis=axis)


def _values(rows: list[ArmRow], labels: dict[int, str], bold: list[str], frame: _Frame, y: alt.Y) -> list[alt.Chart]:
    """The numbers beside their rows."""
    left = alt.XValue(frame.plot + 14)
    texts = [
        {"row": labels[id(row)], "text": str(words.real_equivalent(row.real_equivalent, seeds=row.n))} for row in rows
    ]
    return [
        chart.note([t for t in texts if t["row"] not in bold], left, y),
        chart.note([t for t in texts if t["row"] in bold], left, y, fontWeight="bold"),
        chart.note([{"text": "worth in real images"}], left, alt.YValue(-12), color=palette.SOFT.light),
    ]
