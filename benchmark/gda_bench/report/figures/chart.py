"""What the charts share: their widths, their look, and the marks that mean the same in each."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import altair as alt
from altair.utils import schemapi

from gda_bench.report import palette, words
from gda_bench.report.figures.svg import FONT

WIDE = 900
NARROW = 350

SIDE = 4
"""Room at the left of the label column."""

Rows = Sequence[dict[str, Any]]
Spec = dict[str, Any]
"""A chart in the grammar, as JSON."""

SHAPES = {"mix": "diamond", "synthetic": "square", "copy": "cross", "oracle": "triangle-up"}
ABOVE, BELOW = "triangle-right", "triangle-left"
ONWARD, BACK = "M-0.5,-0.9L0.5,0L-0.5,0.9", "M0.5,-0.9L-0.5,0L0.5,0.9"
"""Open arrow heads, for the end of an interval that goes on."""


def data(rows: Rows) -> alt.InlineData:
    """As text, which the grammar takes too: Altair copies a list value by value each time a chart joins another."""
    return alt.InlineData(values=json.dumps(list(rows)), format=alt.JsonDataFormat(type="json"))


def markers(rows: Rows, x: Any, y: Any, size: float = 90) -> alt.Chart:
    """Markers by `shape`, with `stroke` outside and `fill` inside; open is filled with paper."""
    drawn: alt.Chart = (
        alt.Chart(data(rows))
        .mark_point(size=size, strokeWidth=2, opacity=1, strokeJoin="round")
        .encode(
            x=x,
            y=y,
            shape=alt.Shape("shape:N", scale=None, legend=None),
            stroke=alt.Stroke("stroke:N", scale=None, legend=None),
            fill=alt.Fill("fill:N", scale=None, legend=None),
        )
    )
    return drawn


def marker(arm: str, *, is_open: bool, shape: str | None = None) -> dict[str, str]:
    """The look of one marker, as fields of its row."""
    colour = palette.OF_ARM[arm].light
    return {
        "stroke": colour,
        "fill": palette.PAPER.light if is_open else colour,
        "shape": shape or SHAPES[arm],
    }


def note(rows: Rows, x: Any, y: Any, **more: Any) -> alt.Chart:
    """Text beside the data, from the field `text`."""
    style = {"fontSize": 12, "font": FONT, "color": palette.INK.light, "baseline": "middle", "align": "left", **more}
    drawn: alt.Chart = alt.Chart(data(rows)).mark_text(**style).encode(x=x, y=y, text=alt.Text("text:N"))
    return drawn


def base_line(n: int, x: alt.X, span: tuple[float, float], *, top: float, named: bool) -> list[alt.Chart]:
    """The dashed line at n real images, on a logarithmic axis of this span. top: of its name, pixels over the panel."""
    place = [{"n": n, "text": f"n = {words.number(n)}"}]
    line = alt.Chart(data(place)).mark_rule(color=palette.SOFT.light, strokeDash=[4, 4]).encode(x)
    low, high = span
    # a name in the middle of a line near the right edge would leave the picture
    near_edge = math.log(high / n) < 0.15 * math.log(high / low)
    name = note(place, x, alt.YValue(-top), align="right" if near_edge else "center")
    return [line, name] if named else [line]


def fitting(text: str, width: float, *, per: float = 7) -> str:
    """The text, cut to about this many pixels at `per` a character, whatever the font of the machine that draws."""
    most = max(2, int(width / per))
    return text if len(text) <= most else text[: most - 1] + "…"


def pixels(field: str) -> dict[str, Any]:
    """A place on the panel by a field that holds pixels, whatever the axis beside it shows."""
    return {"shorthand": f"{field}:Q", "scale": None, "axis": None}


def legend(entries: Sequence[tuple[str, dict[str, str]]], left: float, top: float) -> list[alt.Chart]:
    """Markers and what they stand for, one under the other, in pixels of the panel."""
    rows = [{"text": text, "top": top + 22 * i, **look} for i, (text, look) in enumerate(entries)]
    y = alt.Y(**pixels("top"))
    return [markers(rows, alt.XValue(left), y), note(rows, alt.XValue(left + 13), y)]


def room_for(names: Sequence[str], *, per: float = 7.4) -> int:
    """How wide a column of these names is, in pixels, at `per` a character and with what keeps it off the axis."""
    return math.ceil(12 + per * max(map(len, names), default=0))


def label_column(width: int) -> dict[str, Any]:
    """An axis that is as wide as this whatever its labels: panels line up, and fonts do not matter."""
    return {"minExtent": width, "maxExtent": width}


def layered(layers: Sequence[alt.Chart], *, width: float, height: float) -> Spec:
    """One panel, the first layer at the bottom.

    Put together by hand, here and in `stacked`: where Altair does so it copies every part each time one joins another,
    most of the time that a chart took.
    """
    return {"layer": [_part(layer) for layer in layers], "width": width, "height": height}


def _part(layer: alt.Chart) -> Spec:
    named: dict[str, Any] = {}
    spec: Spec = layer.to_dict(validate=schemapi.DEBUG_MODE, context={"top_level": False, "datasets": named})
    # Altair lifts data out of a chart, by a name
    return {**spec, "data": {**spec["data"], "values": named[spec["data"].pop("name")]}}


def stacked(panels: Sequence[Spec], *, spacing: float) -> Spec:
    """Panels one under the other."""
    return {"vconcat": list(panels), "spacing": spacing}


def styled(chart: Spec) -> Spec:
    """The look that all figures share."""
    soft, ink = palette.SOFT.light, palette.INK.light
    axis = {
        **{"labelFont": FONT, "titleFont": FONT, "labelFontSize": 12, "titleFontSize": 12},
        **{"labelColor": soft, "titleColor": ink, "titleFontWeight": "normal", "titlePadding": 10},
        **{"gridColor": palette.GRID.light, "domainColor": soft, "tickColor": soft, "labelPadding": 4},
    }
    return {
        **chart,
        "$schema": alt.SCHEMA_URL,
        "background": palette.PAPER.light,
        "padding": {"left": SIDE, "right": SIDE, "top": 6, "bottom": 6},
        "config": {"axis": axis, "view": {"stroke": None}, "concat": {"spacing": 14}},
    }
