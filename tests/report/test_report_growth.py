"""Laws, equivalence tests and exponents: what the tables hold and what the sentences conclude from them."""

from __future__ import annotations

import pytest
from rendered import page, report, said, tables
from sample_parts import REFERENCE

from gda_bench.report import equality, growth
from gda_bench.report.markdown import to_markdown
from gda_bench.report.model import Exponent, Interval, Report


def test_candidates_stand_by_error_with_formula_and_intervals() -> None:
    found = tables(growth.laws(report("established")))[0]
    assert [row[0] for row in found.rows] == ["log", "power", "saturating", "constant"]
    assert found.strong == {0}
    assert found.rows[1] == ("power", "n + ρ mᵈ n¹⁻ᵈ", "0.21", "d = 0.48 [0.32, 0.72]; rho = 0.31 [0.21, 0.46]")
    assert "kappa cannot be told from c2" in found.note


def test_c2_stands_beside_every_published_value() -> None:
    rows = tables(growth.laws(report("established")))[1].rows
    assert rows[0][0] == "this study"
    assert {row[0]: row[3] for row in rows[1:]} == dict.fromkeys(REFERENCE, "published (2nd hand)")
    prices = {row[0]: row[2] for row in rows}
    assert prices["CIFAR-10, closed-set"] == "1.53"
    assert prices["ImageNet-100, open-set"] == "0.68"


def test_a_law_that_no_image_count_doubles_has_no_price() -> None:
    ours = tables(growth.laws(report("bounds-only")))[1].rows[0]
    assert ours[1:3] == ("0.40", "none reaches it")
    unknown = tables(growth.laws(report("optimum")))[1].rows[0]
    assert unknown[1:3] == ("not measured", "not measured")


def test_the_selected_law_is_read_at_the_smallest_and_the_largest_mix() -> None:
    text = said(growth.laws(report("established")))
    assert "to within 0.18 points" in text
    assert "100 synthetic images are worth 0.29 real ones each and 1,600 synthetic images are worth 0.10" in text
    assert "peaks" not in text
    assert "It peaks near m = " in said(growth.laws(report("optimum")))


def test_a_law_without_parameters_says_that_images_are_worth_nothing() -> None:
    shown = report("optimum")
    assert shown.law
    nothing = shown.model_copy(update={"law": shown.law.model_copy(update={"selected": "none"})})
    assert "by which added images are worth nothing" in said(growth.laws(nothing))


def test_constants_of_any_size_are_readable() -> None:
    text = page("optimum").text
    assert "rho = 3e−07 […, 4.2e+06]" in text
    assert "d = 2.00;" in text


def test_equivalence_names_the_real_sets_that_were_shown_equal() -> None:
    section = equality.section(report("established"))
    assert "200 real + 1,600 synthetic images do as well as 400 real" in said(section)
    found = tables(section)[0]
    assert "margin ±1.0 points" in found.caption
    assert [row[2] for row in found.rows] == ["+0.9 [+0.6, +1.1]", "−0.1 [−0.4, +0.3]", "−0.8 [−1.0, −0.5]"]
    assert [row[4] for row in found.rows] == ["not shown", "✓ yes", "not shown"]


def test_what_is_not_shown_equal_is_not_called_different() -> None:
    section = equality.section(report("optimum"))
    assert "That is not a difference" in said(section)
    assert [row[2:] for row in tables(section)[0].rows] == [
        ("not measured", "0.800", "not shown (±1.0)"),
        ("not measured", "0.800", "not shown (±2.0)"),
    ]


def scaled(*fits: tuple[str, float, float | None, float | None]) -> Report:
    found = [
        Exponent.model_validate({"arm": arm, "slope": Interval(estimate=e, low=low, high=high), "sizes": [50, 100]})
        for arm, e, low, high in fits
    ]
    return report("established").model_copy(update={"scaling": found})


@pytest.mark.parametrize(
    ("synthetic", "words"),
    [
        ((-0.1, -0.2, -0.05), "More real images help more"),
        ((-0.9, -1.0, -0.8), "more synthetic images help more"),
        ((-0.4, -0.5, -0.2), "cannot be told apart"),
    ],
)
def test_slopes_are_compared_by_their_intervals(synthetic: tuple[float, float, float], words: str) -> None:
    assert words in said(growth.scaling(scaled(("real", -0.36, -0.41, -0.31), ("synthetic", *synthetic))))


def test_a_slope_reads_as_a_power_and_a_missing_end_compares_nothing() -> None:
    text = said(growth.scaling(scaled(("real", -0.36, None, -0.31), ("synthetic", 0.02, None, None))))
    assert "falls as size^−0.36 with real images and not at all with synthetic images alone (slope 0.02)." in text
    assert "cannot" not in text
    assert "help more" not in text


def test_a_slope_says_what_doubling_does() -> None:
    rows = tables(growth.scaling(report("established")))[0].rows
    assert rows[0][:3] == ("real", "−0.36 [−0.41, −0.31]", "× 0.78")


def test_what_was_not_fitted_has_no_section() -> None:
    assert growth.laws(report("bare")) is None
    assert growth.scaling(report("bare")) is None
    assert equality.section(report("bounds-only")) is None


def test_markdown_holds_the_same_numbers() -> None:
    text = to_markdown(report("established"))
    for part in ("13.3 [9.3, 25.2]", "d = 0.48 [0.32, 0.72]", "−0.1 [−0.4, +0.3]", "−0.36 [−0.41, −0.31]"):
        assert part in text
