"""What to do next and what not to believe: each sentence follows from the report, and only from it."""

from __future__ import annotations

import pytest
from rendered import report

from gda_bench.report import advice
from gda_bench.report.model import Report


def changed(name: str, part: str, **update: object) -> Report:
    shown = report(name)
    return shown.model_copy(update={part: getattr(shown, part).model_copy(update=update)})


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("established", "Put prices on it"),
        ("not-established", "Run more seeds"),
        ("harmful", "Leave these images out"),
        ("censored", "Measure larger real sets"),
        ("flat", "Choose a smaller n"),
        ("failed-control", "Find out why the control failed"),
        ("failed-cells", "Run the same command again"),
        ("bare", "Run the same command again"),
    ],
)
def test_the_first_step_fits_the_verdict(name: str, start: str) -> None:
    assert advice.next_steps(report(name))[0].startswith(start)


def test_a_failed_control_leaves_one_thing_to_do() -> None:
    assert len(advice.next_steps(report("failed-control"))) == 1
    assert advice.alarm(report("established")) == ""
    assert "copy should be worth 0" in advice.alarm(report("failed-control"))


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("censored", "≥ 1,257 as an estimate"),
        ("not-established", "its interval includes 0"),
        ("hostile", "open-set"),
    ],
)
def test_doubts(name: str, word: str) -> None:
    assert any(word in doubt for doubt in advice.doubts(report(name)))
    assert not any(word in doubt for doubt in advice.doubts(report("established")))


def test_more_seeds_are_not_advised_where_they_cannot_help() -> None:
    shown = report("not-established")
    assert shown.equivalence
    faint = shown.equivalence.exchange_rate.model_copy(update={"estimate": 0.0005})
    hopeless = changed("not-established", "equivalence", exchange_rate=faint)
    assert advice.next_steps(hopeless)[0].startswith("Do not expect more seeds to help")


def test_the_reports_own_warnings_are_shown() -> None:
    assert "3 cells failed." in advice.doubts(report("failed-cells"))
