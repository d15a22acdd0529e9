"""The top of the page: the verdict as a badge, and the four numbers in large type."""

from __future__ import annotations

from gda_bench.report import reading, words
from gda_bench.report.blocks import Headline
from gda_bench.report.model import Equivalence, Report

FLAT = "the real curve is flat"
TOO_FLAT = "– curve too flat to tell"
BADGES = {
    "established": "✓ established",
    "not-established": "○ not established",
    "harmful": "✗ harmful",
    "censored": "▷ beyond the curve",
}


def badge(report: Report) -> tuple[str, str]:
    """The verdict as a mark with words, and its tone. What makes the measurement void comes before any verdict."""
    if reading.failed_controls(report):
        return "✗ control failed", "harmful"
    if reading.leaks(report):
        return "✗ test images in the pool", "harmful"
    found = report.equivalence
    if found is None:
        return "– no verdict", "none"
    flat = found.real_equivalent.censored == "flat"
    return TOO_FLAT if flat else BADGES[found.verdict], found.verdict


def sentence(report: Report) -> str:
    if report.equivalence:
        return words.plain(report.equivalence.sentence)
    lack = "the real curve" if report.real_curve is None else "the mix at the headline ratio"
    return f"No verdict: {lack} was not measured."


def numbers(report: Report) -> tuple[Headline, ...]:
    found = report.equivalence
    if found is None:
        return ()
    censored = found.real_equivalent.censored
    seeds = reading.seeds(report)
    worth = words.real_equivalent(found.real_equivalent, seeds=seeds)
    rate = words.rate(found.exchange_rate, censored, seeds=seeds)
    row = reading.headline_arm(report)
    shown = [
        Headline(
            f"{words.trained_on('mix', found.n_real, found.n_synth)} do as well as",
            f"{worth.estimate} real" if censored != "flat" else "not readable",
            worth.spoken if censored != "flat" else FLAT,
        ),
        Headline(
            "One synthetic image is worth (exchange rate)",
            rate.estimate,
            rate.spoken if censored != "flat" else FLAT,
        ),
        _per_real(found),
    ]
    if row and row.gain:
        gain = words.points(row.gain)
        label = f"Gain in {words.metric_name(found.metric)} over real only"
        shown.append(Headline(label, f"{gain.estimate} points", gain.spoken))
    return tuple(shown)


def _per_real(found: Equivalence) -> Headline:
    label = "Synthetic images per extra real one"
    if found.synthetic_per_real is None:
        return Headline(label, "not printed", _why_not_printed(found))
    written = words.per_real(found.synthetic_per_real, found.real_equivalent.censored)
    return Headline(label, written.estimate, written.spoken)


def _why_not_printed(found: Equivalence) -> str:
    if found.real_equivalent.censored == "flat":
        return FLAT
    if found.verdict == "harmful":
        return "synthetic images take real ones away here"
    if found.verdict == "censored":
        return "the exchange rate is a bound"
    return "1 / exchange rate has no upper end where the rate may be 0"
