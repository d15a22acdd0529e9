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
        ("copying", "Find out how test images reached"),
        ("filtered", "Hold the mix against the copies"),
        ("failed-control", "Find out why the control failed"),
        ("failed-cells", "Run the same command again"),
        ("bare", "Run the same command again"),
    ],
)
def test_the_first_step_fits_the_verdict(name: str, start: str) -> None:
    assert advice.next_steps(report(name))[0].startswith(start)


def test_a_failed_control_leaves_one_thing_to_do() -> None:
    assert len(advice.next_steps(report("failed-control"))) == 1
    assert advice.alarms(report("established")) == ()
    assert "copy should be worth 0" in advice.alarms(report("failed-control"))[0]


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("censored", "≥ 1,257 as an estimate"),
        ("not-established", "its interval includes 0"),
        ("hostile", "open-set"),
        ("copying", "AUC of 0.972 (held-out real images: 0.510)"),
        ("filtered", "the filter realism chose among its images, and used features of a classifier"),
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


def test_a_leak_voids_the_score_and_copies_are_not_to_be_shared() -> None:
    leak, copies = advice.alarms(report("copying"))
    assert leak.startswith("Do not believe the test score: 4.1")
    assert copies.startswith("Do not share these images as new ones: 87.4")
    assert len(advice.next_steps(report("copying"))) == 1
    unjudged = changed("copying", "audit", test_leak=None, copying=None)
    assert advice.alarms(unjudged) == ()
    assert any(step.startswith("Stop the generator's training earlier") for step in advice.next_steps(unjudged))


def test_copies_that_a_protocol_moves_are_no_alarm_but_the_mark_to_beat() -> None:
    assert advice.alarms(report("filtered")) == ()
    assert "worth 0.08 [0.03, 0.13] each" in advice.next_steps(report("filtered"))[0]


def test_a_law_that_peaks_advises_no_larger_m() -> None:
    steps = advice.next_steps(report("optimum"))
    assert any(step.startswith("Add about ") and "no more" in step for step in steps)
    assert not any("larger m" in step for step in steps)
    assert any("larger m" in step for step in advice.next_steps(report("established")))


@pytest.mark.parametrize(
    ("largest", "word"), [("content", "never draws"), ("fidelity", "realism"), ("label_consistency", "confidence")]
)
def test_the_largest_shortfall_chooses_the_remedy(largest: str, word: str) -> None:
    gap = report("established").audit.gap
    assert gap
    parts = {"content": 0.05, "fidelity": 0.05, "label_consistency": 0.05, largest: 0.3}
    steps = advice.next_steps(changed("established", "audit", gap=gap.model_copy(update=parts)))
    assert [step for step in steps if word in step and "lacks most" in step]
    small = gap.model_copy(update={**parts, largest: 0.08})
    assert not [s for s in advice.next_steps(changed("established", "audit", gap=small)) if "lacks most" in s]


def test_the_noise_of_the_test_set_is_a_doubt_only_where_no_interval_holds_it() -> None:
    doubt = "The interval as the whole uncertainty"
    assert not any(doubt in line for line in advice.doubts(report("established")))
    assert any(doubt in line for line in advice.doubts(changed("established", "real_curve", test_sd=None)))


def test_the_reports_own_warnings_are_shown() -> None:
    assert "3 cells failed." in advice.doubts(report("failed-cells"))


def test_of_a_single_seed_no_interval_is_spoken_of() -> None:
    shown = changed("single-seed", "equivalence", verdict="not-established")
    said = [*advice.next_steps(shown), *advice.doubts(shown)]
    assert "Run more seeds (--seeds): a single one has no interval." in said
    assert any(text.endswith("as a benefit: a single seed gives no interval.") for text in said)
    assert not any("includes 0" in text or "too wide" in text for text in said)
