"""report.md: the page as GitHub-flavoured Markdown, in which no string becomes markup."""

from __future__ import annotations

import re

import pytest
from rendered import figures, report
from report_variants import VARIANTS

from gda_bench.report.markdown import to_markdown


def tables(text: str) -> list[list[str]]:
    blocks = [block.split("\n") for block in text.split("\n\n")]
    return [lines for lines in blocks if lines[0].startswith("| ")]


def outside_fences(text: str) -> str:
    return re.sub(r"^(`{3,})sh\n.*?\n\1$", "", text, flags=re.S | re.M)


@pytest.mark.parametrize("name", VARIANTS)
def test_tables_are_rectangular(name: str) -> None:
    for lines in tables(to_markdown(report(name))):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}) == 1


@pytest.mark.parametrize("name", ["established", "bare", "censored", "hostile"])
def test_links_exactly_the_figures_that_are_written(name: str) -> None:
    linked = re.findall(r"(?<!\\)\]\((.*?)\)", outside_fences(to_markdown(report(name))))
    assert sorted(linked) == sorted(f"figures/{figure}.svg" for figure in figures(name))


def test_hostile_strings_stay_text() -> None:
    text = to_markdown(report("hostile"))
    outside = outside_fences(text)
    assert not re.search(r"(?<!\\)<(?!https://)", outside)
    assert not re.search(r"(?<!\\)`", outside)
    assert not re.search(r"(?<!\\)\]\((?!figures/)", outside)
    assert "\x1b" not in text


def test_a_command_cannot_close_its_fence() -> None:
    text = to_markdown(report("established").model_copy(update={"reproduce": "run ``` `````` x"}))
    assert "\n```````sh\nrun ``` `````` x\n```````\n" in text


def test_numbers_read_as_in_the_page() -> None:
    text = to_markdown(report("established"))
    assert "| **mix** | **200** | **1,600** | **0.963** |" in text
    assert "[0.05, 0.20]" in text
    assert text.startswith("# What is one synthetic image worth? digits, edm, cnn\n")
    assert "**✓ established**: 200 real images" in text


def test_equal_reports_give_equal_bytes() -> None:
    assert to_markdown(VARIANTS["censored"]()) == to_markdown(VARIANTS["censored"]())
