"""The figures: plain SVG that says in shapes and words what the tables say."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from rendered import SVG, figures, report, texts
from report_variants import VARIANTS

from gda_bench.report import palette
from gda_bench.report.figures.chart import NARROW, WIDE
from gda_bench.report.figures.draw import NAMES, all_figures, charts
from gda_bench.report.figures.svg import ATTRIBUTES, ELEMENTS, themed


@pytest.mark.parametrize("name", VARIANTS)
def test_holds_shapes_and_text_only(name: str) -> None:
    for svg in figures(name).values():
        root = ElementTree.fromstring(svg)
        assert root.attrib.pop("role") == "img"
        assert re.search(r"\d", root.attrib.pop("aria-label")), "the alternative text holds numbers"
        for element in root.iter():
            assert element.tag.removeprefix(SVG) in ELEMENTS
            assert set(element.attrib) <= ATTRIBUTES
            assert element.get("href", "data:image/png;base64,").startswith("data:image/png;base64,")
            assert not [v for v in element.attrib.values() if "url(" in v or "NaN" in v]


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_is_as_wide_as_asked(width: int) -> None:
    for svg in charts(report("censored"), width=width).values():
        root = ElementTree.fromstring(svg)
        assert root.get("width") == str(width)
        assert root.get("viewBox") == f"0 0 {width} {root.get('height')}"


def test_worth_is_a_named_row_per_mix_and_control() -> None:
    shown = texts(figures("established")["equivalence"])
    assert [t for t in shown if t.startswith(("mix", "copy", "oracle"))] == [
        *(f"mix +{m} ({r}×)" for m, r in (("100", "0.5"), ("200", "1"), ("400", "2"), ("800", "4"), ("1,600", "8"))),
        "copy +1,600 (8×)",
        "oracle +800 (4×)",
    ]
    assert "370 [274, 526]" in shown
    assert "n = 200" in shown
    assert {"50", "100", "200", "400", "800", "1,257"} <= set(shown)


def test_other_base_sizes_stay_in_the_table() -> None:
    shown = report("established")
    other = [row.model_copy(update={"n_real": 400}) for row in shown.arms if row.arm == "mix"]
    more = shown.model_copy(update={"arms": [*shown.arms, *other]})
    assert all_figures(more) == figures("established")


def test_censored_is_a_bound_with_an_arrow() -> None:
    censored, plain = (figures(name)["equivalence"] for name in ("censored", "established"))
    assert len([t for t in texts(censored) if t.startswith("≥ 1,257")]) == 5
    assert len([t for t in texts(plain) if t.startswith("≥ 1,257")]) == 1


def test_an_open_marker_includes_zero() -> None:
    def open_mixes(name: str) -> int:
        root = ElementTree.fromstring(figures(name)["gain"])
        return len([p for p in root.iter(f"{SVG}path") if _is_open(p)])

    assert open_mixes("not-established") > open_mixes("established")


def _is_open(path: ElementTree.Element) -> bool:
    return path.get("stroke") == palette.MIX.light and path.get("fill") == palette.PAPER.light


def test_what_cannot_be_drawn_is_not_drawn() -> None:
    assert figures("bare") == {}
    assert set(figures("established")) == set(NAMES)
    assert "law" not in figures("flat")
    assert "not readable (flat)" in texts(figures("flat")["equivalence"])


def test_samples_show_each_pair_at_whole_multiples_and_flag_copies() -> None:
    root = ElementTree.fromstring(figures("established")["samples"])
    images = list(root.iter(f"{SVG}image"))
    assert len(images) == 40
    assert {(i.get("width"), i.get("image-rendering")) for i in images} == {("56", "pixelated")}
    shown = texts(ElementTree.tostring(root, encoding="unicode"))
    assert shown.count("0.21 memorised") == 3


def test_hostile_strings_stay_text() -> None:
    drawn = figures("hostile")
    assert len([t for t in texts(drawn["samples"]) if t.startswith("<script>")]) == 10
    assert all("<script" not in svg for svg in drawn.values())
    assert len(list(ElementTree.fromstring(drawn["samples"]).iter(f"{SVG}image"))) == 40


def test_files_hold_plain_colours_and_pages_variables() -> None:
    svg = figures("established")["gain"]
    assert "var(" not in svg
    plain = {f'="{colour.light}"' for colour in palette.ALL}
    assert not [colour for colour in plain if colour in themed(svg)]
    assert re.sub(r'"var\(--c-\w+, (#\w+)\)"', r'"\1"', themed(svg)) == svg


def test_equal_reports_give_equal_bytes() -> None:
    assert all_figures(VARIANTS["censored"]()) == figures("censored")


def test_the_charts_are_valid_by_the_grammars_schema() -> None:
    assert charts(report("established"), validate=True) == charts(report("established"))
