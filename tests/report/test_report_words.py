"""How numbers are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gda_bench.report import words
from gda_bench.report.model import Interval, RealEquivalent


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(1234.5, 1, "1,234.5"), (-0.12, 2, "−0.12"), (-0.004, 2, "0.00"), (-0.0, 0, "0"), (-1e-12, 3, "0.000")],
)
def test_number(value: float, decimals: int, text: str) -> None:
    assert words.number(value, decimals) == text


def test_a_signed_zero_has_no_sign() -> None:
    assert words.number(0.04, 1, sign=True) == "0.0"
    assert words.number(0.06, 1, sign=True) == "+0.1"


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e9, max_value=1e9), st.integers(0, 6))
def test_a_number_reads_back(value: float, decimals: int) -> None:
    text = words.number(value, decimals)
    assert "-" not in text
    back = float(text.replace(words.MINUS, "-").replace(",", ""))
    assert abs(back - value) <= 0.5 * 10**-decimals + 1e-9 * max(1.0, abs(value))


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0.05, 0.2, "0.12 [0.05, 0.20]"),
        (0.004, 0.2, "0.120 [0.004, 0.200]"),
        (-0.004, 0.2, "0.120 [−0.004, 0.200]"),
        (0.0, 0.2, "0.12 [0.00, 0.20]"),
        (None, 0.2, "0.12 […, 0.20]"),
        (0.05, None, "0.12 [0.05, …]"),
        (None, None, "0.12 […, …]"),
    ],
)
def test_rate(low: float | None, high: float | None, text: str) -> None:
    assert str(words.rate(Interval(estimate=0.12, low=low, high=high))) == text


def test_points_are_hundredths_with_a_sign() -> None:
    assert str(words.points(Interval(estimate=0.018, low=-0.009, high=0.027))) == "+1.8 [−0.9, +2.7]"
    assert str(words.points(None)) == "not measured"


@pytest.mark.parametrize(
    ("censored", "text"),
    [(None, "812 [700, …]"), ("above", "≥ 812 [700, …]"), ("below", "≤ 812 [700, …]"), ("flat", "not readable (flat)")],
)
def test_real_equivalent(censored: str | None, text: str) -> None:
    value = RealEquivalent.model_validate({"estimate": 812.3, "low": 700.0, "high": None, "censored": censored})
    assert str(words.real_equivalent(value)) == text


def test_an_interval_in_words_says_which_end_is_open() -> None:
    open_ended = words.rate(Interval(estimate=0.12, low=0.05, high=None))
    assert open_ended.spoken == "95 % interval 0.05 to beyond what was measured"
    everything = words.rate(Interval(estimate=0.12, low=None, high=None))
    assert everything.spoken == "95 % interval without an end in what was measured"
    assert words.rate(Interval(estimate=0.12, low=None, high=None), seeds=1).spoken == "no interval"


@pytest.mark.parametrize(
    ("value", "text"), [(None, "not measured"), (0.0, "0 %"), (0.0001, "< 0.1 %"), (0.0251, "2.5 %"), (1.0, "100.0 %")]
)
def test_share(value: float | None, text: str) -> None:
    assert words.share(value).replace(words.FIRM, " ") == text


@pytest.mark.parametrize(
    ("value", "text"), [(3.21, "3.2 s"), (41.2, "41 s"), (312.4, "5 min"), (5400, "90 min"), (9000, "2.5 h")]
)
def test_seconds(value: float, text: str) -> None:
    assert words.seconds(value) == text


@given(st.text(max_size=40))
def test_plain_is_one_visible_line(text: str) -> None:
    assert words.plain(text).isprintable()
    assert words.plain(text).strip() == words.plain(text)


def test_only_a_whole_https_address_is_a_link() -> None:
    assert words.is_link("https://example.org/a?b=c#d")
    for text in ("http://example.org", "javascript:alert(1)", "https://e.org/ x", 'https://e.org/"', "https://e.org/)"):
        assert not words.is_link(text)
