"""The chart of gain: the metric over real images only, against m/n, with the controls at their known places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from gda_bench.report import palette, reading, words
from gda_bench.report.figures import chart
from gda_bench.report.figures.svg import from_chart
from gda_bench.report.model import ArmRow, Interval, Report

LABELS = 64
GUIDES = 90
"""Room for the names of the dashed lines, beside which the legend stands."""
SIGNED = "datum.value == 0 ? '0' : format(datum.value, '+~g')"
CONTROLS = {("copy", 0.0): "copy (control: 0)", ("oracle", 1.0): "oracle (control: m real)"}
STEP = 1.09
"""Arms at the same m/n stand side by side, this factor apart."""


def draw(report: Report, alt_text: str, *, width: int = chart.WIDE) -> str | None:
    """The figure as SVG; None where no gain was measured."""
    base, rows = reading.base_size(report), reading.gain_arms(report)
    if not base or not rows:
        return None
    wide = width >= 600
    plot = width - LABELS - (GUIDES + 172 if wide else GUIDES)
    arms = list(dict.fromkeys(row.arm for row in rows))
    places = [_place(row, base, [r.arm for r in rows if r.n_synth == row.n_synth]) for row in rows]
    layers = [
        *_guides(report, base, places, plot),
        *_arms(places, base),
        *chart.legend(
            [(_meaning(arm, report), chart.marker(arm, is_open=False)) for arm in arms], *_corner(plot, wide, arms)
        ),
        chart.note([{"text": "gain, points"}], alt.XValue(-LABELS + 6), alt.YValue(-16)),
    ]
    drawn = chart.layered(layers, width=plot, height=260 if wide else 230)
    return from_chart(chart.styled(drawn), alt_text, width=width)


def _corner(plot: int, wide: bool, arms: Sequence[str]) -> tuple[float, float]:
    return (plot + GUIDES, 12) if wide else (-LABELS + 14, -22 * len(arms) - 20)


def _meaning(arm: str, report: Report) -> str:
    control = dict(reading.controls(report)).get(arm)
    if control and control.expected is not None and (arm, control.expected) in CONTROLS:
        return CONTROLS[arm, control.expected]
    return {"mix": "n real + m synthetic", "oracle": "oracle (ceiling)"}.get(arm, arm)


def _place(row: ArmRow, base: int, beside: Sequence[str]) -> dict[str, Any]:
    gain = row.gain or Interval(estimate=0, low=None, high=None)
    zero_inside = (gain.low is None or gain.low <= 0) and (gain.high is None or gain.high >= 0)
    return {
        "arm": row.arm,
        "ratio": row.n_synth / base * STEP ** beside.index(row.arm),
        "at": row.n_synth / base,
        "points": 100 * gain.estimate,
        "low": 100 * (gain.estimate if gain.low is None else gain.low),
        "high": 100 * (gain.estimate if gain.high is None else gain.high),
        **chart.marker(row.arm, is_open=zero_inside),
    }


def _arms(places: list[dict[str, Any]], base: int) -> list[alt.Chart]:
    ratios = sorted({place["at"] for place in places})
    axis = alt.Axis(
        title="m / n, images added for each real one",
        values=ratios,
        labelExpr="format(datum.value, '~g') + '×'",
        labelOverlap="greedy",
        grid=False,
    )
    scale = alt.Scale(type="log", domain=[ratios[0] / 1.25, ratios[-1] * 1.25], nice=False)
    x, y = alt.X("ratio:Q", scale=scale, axis=axis), _y()
    mix = [place for place in places if place["arm"] == "mix"]
    line = alt.Chart(chart.data(mix)).mark_line(color=palette.MIX.light, strokeWidth=1.2, opacity=0.6)
    stroke = alt.Stroke("stroke:N", scale=None, legend=None)
    bars = alt.Chart(chart.data(places)).mark_rule(strokeWidth=2)
    bars = bars.encode(x, alt.Y("low:Q"), y2=alt.Y2("high:Q"), stroke=stroke)
    return [line.encode(x, y), bars, chart.markers(places, x, y)]


def _y() -> alt.Y:
    axis = alt.Axis(title=None, tickCount=6, labelExpr=SIGNED, **chart.label_column(LABELS))
    return alt.Y("points:Q", scale=alt.Scale(zero=True, nice=True), axis=axis)


def _guides(report: Report, base: int, places: list[dict[str, Any]], plot: int) -> list[alt.Chart]:
    """Zero, and what at least twice the real images gave: the same question answered with real ones."""
    guides = [{"points": 0.0, "text": f"{words.number(base)} real"}]
    means = {row.n_real: row.mean for row in reading.real_arms(report) if row.mean is not None}
    larger = [n for n in means if n >= 2 * base]
    if base in means and larger:
        gained = 100 * (means[larger[0]] - means[base])
        extent = [0.0, gained, *(place[end] for place in places for end in ("low", "high"))]
        if abs(gained) > 0.07 * (max(extent) - min(extent)):  # else the two names would overlap
            guides.append({"points": gained, "text": f"{words.number(larger[0])} real"})
    line = alt.Chart(chart.data(guides)).mark_rule(color=palette.SOFT.light, strokeDash=[4, 4]).encode(_y())
    return [line, chart.note(guides, alt.XValue(plot + 8), _y(), color=palette.SOFT.light)]
