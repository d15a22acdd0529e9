"""The summary on the terminal."""

from __future__ import annotations

import io

import pytest
from rendered import report
from report_variants import VARIANTS
from rich.cells import cell_len
from rich.console import Console

from gda_bench.report.model import OtherImagesPart
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


def test_a_verdict_that_the_report_warns_of_does_not_stand_alone() -> None:
    known = report("established")
    assert "Do not trust" not in shown("established")
    warning = "Do not trust the interval of the exchange rate: it rests on 2 seeds, and was simulated with 3 or more."
    console = Console(width=60, file=io.StringIO())
    console.print(summary(known.model_copy(update={"warnings": [*known.warnings, warning]})))
    assert isinstance(console.file, io.StringIO)
    text = " ".join(console.file.getvalue().split())
    assert text.index("✓ established") < text.index(warning)


def test_copying_and_leak_are_alarms_on_one_screen() -> None:
    text = shown("copying")
    assert 0 < text.index("Do not believe the test score") < text.index("Do not share these images")
    assert len(text.splitlines()) <= 24


def test_open_set_is_said_on_one_screen() -> None:
    assert "open-set" not in shown("established")
    given = OtherImagesPart(source="rest", count=1200)
    generator = report("established").generator.model_copy(update={"track": "open", "other_images": given})
    console = Console(width=60, file=io.StringIO())
    console.print(summary(report("established").model_copy(update={"generator": generator})))
    assert isinstance(console.file, io.StringIO)
    text = " ".join(console.file.getvalue().split())
    assert "open-set, trained on more than the n images: 1,200 more images of this task" in text


def test_of_many_mixes_those_that_say_most_are_shown() -> None:
    known = report("established")
    row = next(row for row in known.arms if row.arm == "mix")
    more = [row.model_copy(update={"n_synth": m}) for m in range(101, 140)]
    console = Console(width=60, file=io.StringIO())
    console.print(summary(known.model_copy(update={"arms": [*known.arms, *more]})))
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert text.count("mix ") <= 4
    assert "1,600" in text
    assert len(text.splitlines()) <= 24


def test_foreign_strings_are_neither_markup_nor_control_codes() -> None:
    text = shown("hostile")
    assert "\x1b[31m" not in text
    assert "\u202e" not in text
    named = report("established").task.model_copy(update={"name": "[bold]x[/bold]"})
    console = Console(width=60, file=io.StringIO())
    console.print(summary(report("established").model_copy(update={"task": named})))
    assert isinstance(console.file, io.StringIO)
    assert "[bold]x[/bold]" in console.file.getvalue()
