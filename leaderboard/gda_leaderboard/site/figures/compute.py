"""The chart of cost: how long each generator takes for one training and one pool, beside what that bought."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from gda_bench.report import palette
from gda_bench.report.figures import chart
from gda_bench.report.figures.svg import from_chart

ROW_HEIGHT = 26


@dataclass(frozen=True, slots=True)
class Spent:
    """One row. runs: (seconds, whether the exchange rate may be 0), of one task or of several. bought: in words."""

    label: str
    runs: tuple[tuple[float, bool], ...]
    bought: str


def draw(rows: Sequence[Spent], head: str, alt_text: str, *, width: int = chart.WIDE) -> str:
    """As SVG; rows top to bottom, one or more, with all seconds above 0. head: over what was bought."""
    wide = width >= 600
    names = [row.label for row in rows]
    labels = 150 if wide else chart.room_for(names)
    plot = width - labels - (210 if wide else 28)
    seconds = [value for row in rows for value, _ in row.runs]
    low, high = min(seconds) / 1.6, max(seconds) * 1.6
    ticks = [10.0**k for k in range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)]
    x_axis = alt.Axis(values=ticks, format=",~r", title="seconds of compute")
    x = alt.X("seconds:Q", scale=alt.Scale(type="log", domain=[low, high], nice=False), axis=x_axis)
    y_axis = alt.Axis(
        title=None, ticks=False, domain=False, grid=True, labelColor=palette.INK.light, labelLimit=0, labelPadding=8,
        **chart.label_column(labels),
    )  # fmt: skip
    y = alt.Y("row:N", sort=names, scale=alt.Scale(domain=names, padding=0.5), axis=y_axis)
    marks = [
        {"row": row.label, "seconds": value, **chart.marker("mix", is_open=is_open)}
        for row in rows
        for value, is_open in row.runs
    ]
    layers = [chart.markers(marks, x, y)]
    if wide:
        left = alt.XValue(plot + 14)
        layers += [
            chart.note([{"row": row.label, "text": row.bought} for row in rows], left, y),
            chart.note([{"text": head}], left, alt.YValue(-8), color=palette.SOFT.light),
        ]
    panel = chart.layered(layers, width=plot, height=ROW_HEIGHT * len(rows))
    return from_chart(chart.styled(panel), alt_text, width=width)
