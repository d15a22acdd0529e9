"""The figure of laws and the map of images: what is drawn, where, and what cannot be."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rendered import SVG, figures, report, texts

from gda_bench.report import palette
from gda_bench.report.figures.chart import NARROW
from gda_bench.report.figures.draw import charts
from gda_bench.report.figures.law import APART, spread, ticks
from gda_bench.report.model import MapPoint


def paths(svg: str, colour: str) -> list[ElementTree.Element]:
    return [p for p in ElementTree.fromstring(svg).iter(f"{SVG}path") if p.get("stroke") == colour]


def test_each_law_is_named_and_the_selected_one_is_thick() -> None:
    svg = figures("established")["law"]
    assert {"log", "power", "saturating", "constant", "n = 200"} <= set(texts(svg))
    thick = [p for p in paths(svg, palette.INK.light) if p.get("stroke-width") == "2.5"]
    thin = [p for p in paths(svg, palette.SOFT.light) if p.get("stroke-width") == "1.4"]
    assert len(thick) == 1
    assert thick[0].get("stroke-dasharray") is None
    assert len({p.get("stroke-dasharray") for p in thin}) == len(thin) == 3


def test_each_mix_is_one_marker_and_a_bound_is_a_triangle_with_arrows() -> None:
    def shapes(name: str) -> list[str]:
        marks = [p for p in paths(figures(name)["law"], palette.MIX.light) if p.get("fill")]
        return [re.sub(r"[-\d.,]+", "", p.get("d", "")) for p in marks]

    diamond, triangle = "MLLLZ", "MLLZ"
    assert shapes("established") == [diamond] * 5
    assert shapes("bounds-only") == [triangle] * 5
    arrows = [
        p
        for p in paths(figures("bounds-only")["law"], palette.MIX.light)
        if p.get("fill") is None and p.get("stroke-linecap") is None
    ]
    assert len(arrows) == 10


def test_a_line_ends_where_the_frame_does() -> None:
    for name in ("established", "censored", "bounds-only", "harmful"):
        svg = figures(name)["law"]
        for path in [*paths(svg, palette.INK.light), *paths(svg, palette.SOFT.light)]:
            drawn = [(float(x), float(y)) for x, y in re.findall(r"[ML](-?[\d.]+),(-?[\d.]+)", path.get("d", ""))]
            assert all(-0.01 <= y <= 300.01 for _, y in drawn)


@given(st.lists(st.floats(0, 300), min_size=1, max_size=12))
def test_names_never_overlap_and_stay_in_order(heights: list[float]) -> None:
    places = spread(sorted(heights), 300)
    assert all(after - before >= APART - 1e-9 for before, after in pairwise(places))
    assert places[-1] <= 300


@given(st.floats(1, 1e7), st.floats(1.05, 1e4))
def test_ticks_lie_on_the_axis_and_are_enough_to_read_it(low: float, factor: float) -> None:
    found = ticks(low, low * factor)
    assert all(low <= tick <= low * factor for tick in found)
    assert found == sorted(set(found))
    assert len(found) >= (4 if factor > 1.5 else 0)
    assert len(found) <= 10


def test_every_image_is_a_dot_or_a_cross_once_in_all_and_once_in_its_class() -> None:
    svg = figures("established")["embedding"]
    dots = sum(p.get("d", "").count("Z") for p in paths(svg, palette.REAL.light) if p.get("stroke-linecap"))
    strokes = sum(p.get("d", "").count("M") for p in paths(svg, palette.MIX.light) if p.get("stroke-linecap"))
    assert dots == 2 * 300 + len(["the legend's"])
    assert strokes == 2 * (2 * 300 + len(["the legend's"]))
    assert {"all classes", "real", "synthetic", *report("established").task.classes} <= set(texts(svg))
    assert len(svg) < 60_000


@pytest.mark.parametrize("classes", [1, 2, 11, 200])
def test_panels_are_few_and_fit_for_any_number_of_classes(classes: int) -> None:
    shown = report("established")
    points = [MapPoint(x=i % 17, y=i % 5, label=i % classes, real=i % 2 > 0) for i in range(600)]
    many = shown.model_copy(update={"audit": shown.audit.model_copy(update={"embedding": points})})
    svg = charts(many, width=NARROW)["embedding"]
    boxes = [box for box in ElementTree.fromstring(svg).iter(f"{SVG}rect") if box.get("stroke") == palette.GRID.light]
    assert len(boxes) == (1 if classes == 1 else 1 + min(classes, 11))
    assert "NaN" not in svg


def test_a_law_is_cut_from_no_mix_it_could_be_held_against() -> None:
    assert "law" not in figures("flat")
    assert set(figures("bounds-only")) >= {"law", "embedding"}
