"""The summary on the terminal."""

from __future__ import annotations

import io

import pytest
from rendered import report
from report_variants import VARIANTS
from rich.cells import cell_len
from rich.console import Console

from gda_bench.report.terminal import summary


def shown(name: str, width: int = 60) -> str:
    console = Console(width=width, file=io.StringIO(), force_terminal=True, color_system=None)
    console.print(summary(report(name)))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("name", VARIANTS)
def test_fits_sixty_columns(name: str) -> None:
    assert all(cell_len(line) <= 60 for line in shown(name).splitlines())


def test_says_the_verdict_and_every_mix() -> None:
    text = shown("established")
    assert "✓ established" in text
    assert "370 [274, 526]" in text
    assert text.count("mix ") == 5
    assert "1,257" not in shown("established").split("oracle")[0]


def test_an_alarm_comes_before_the_verdict() -> None:
    text = shown("failed-control")
    assert 0 < text.index("Do not believe this report.") < text.index("one synthetic image is worth")


def test_foreign_strings_are_neither_markup_nor_control_codes() -> None:
    text = shown("hostile")
    assert "\x1b[31m" not in text
    assert "\u202e" not in text
    named = report("established").task.model_copy(update={"name": "[bold]x[/bold]"})
    console = Console(width=60, file=io.StringIO())
    console.print(summary(report("established").model_copy(update={"task": named})))
    assert isinstance(console.file, io.StringIO)
    assert "[bold]x[/bold]" in console.file.getvalue()
