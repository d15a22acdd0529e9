"""What to do next and what not to believe: short sentences, each derived from one fact of the report."""

from __future__ import annotations

from collections.abc import Iterator

from gda_bench.report import reading, words
from gda_bench.report.model import Equivalence, Report

BLURRED_SEEDS = 30
"""More seeds than this are not worth advising: the effect, if any, is too small to matter."""


def alarm(report: Report) -> str:
    """Why no number of the report may be believed; empty where nothing says so."""
    failed = reading.failed_controls(report)
    if not failed:
        return ""
    parts = [
        f"{name} should be worth {words.number(control.expected)} real images each and measured "
        f"{words.rate(control.exchange_rate, control.real_equivalent.censored)}"
        for name, control in failed
        if control.expected is not None
    ]
    return f"Do not believe this report. A control has a known answer, and it came out wrong: {'; '.join(parts)}."


def next_steps(report: Report) -> tuple[str, ...]:
    """What to do next, most urgent first."""
    return tuple(_next(report))


def doubts(report: Report) -> tuple[str, ...]:
    """What not to believe, or not without more: the report's own warnings, then what every reader should know."""
    found = [
        *_headline_doubts(report),
        *_pool_doubts(report),
        *_origin_doubts(report),
    ]
    return (*(words.plain(warning) for warning in report.warnings), *found)


def _next(report: Report) -> Iterator[str]:
    if reading.failed_cells(report):
        yield "Run the same command again: it runs only the cells that are missing."
    if reading.failed_controls(report):
        yield "Find out why the control failed before anything else: the fault is in the measurement."
        return
    yield from _next_by_verdict(report)
    if reading.memorised_more(report):
        yield "Stop the generator's training earlier, or give it more images: its pool repeats what it was shown."
    if _still_rising(report):
        yield "Try a larger m: the gain is highest at the largest pool that was measured."


def _next_by_verdict(report: Report) -> Iterator[str]:
    found = report.equivalence
    if found is None:
        yield "Run the real arms and the mix at the headline ratio: without them there is nothing to compare."
    elif found.real_equivalent.censored == "flat":
        yield "Choose a smaller n or a harder task: more real images do not help here, so nothing is priced in them."
    elif found.verdict == "censored" and found.real_equivalent.censored == "below":
        yield "Measure smaller real sets: the mix lies below the smallest one, so its worth is only bounded."
    elif found.verdict == "censored":
        yield "Measure larger real sets, or start from a smaller n: the mix lies beyond the largest one."
    elif found.verdict == "harmful":
        yield "Leave these images out. Then try a filter, a smaller m, or a generator that is trained for longer."
    elif found.verdict == "not-established":
        yield _more_seeds(found, report)
    else:
        yield "Put prices on it: compare the cost of that many labelled images with the generator's cost below."


def _more_seeds(found: Equivalence, report: Report) -> str:
    """Half-width falls with the square root of the seeds, at best: the part from the test set stays."""
    low, high, estimate = found.exchange_rate.low, found.exchange_rate.high, found.exchange_rate.estimate
    row = reading.headline_arm(report)
    if low is None or high is None or row is None or row.n == 0 or estimate == 0:
        return "Run more seeds (--seeds): the interval is too wide to tell."
    needed = int(row.n * ((high - low) / 2 / abs(estimate)) ** 2) + 1
    if needed > BLURRED_SEEDS:
        return (
            f"Do not expect more seeds to help: over {BLURRED_SEEDS} would be needed to tell a worth of "
            f"{words.number(estimate, 2)} from 0. Change n, m or the generator."
        )
    needed = max(needed, row.n + 2)
    return f"Run more seeds: about --seeds {needed}, if the estimate holds and the noise is that of the seeds."


def _still_rising(report: Report) -> bool:
    found, base = report.equivalence, reading.base_size(report)
    if found is None or found.real_equivalent.censored:
        return False
    rows = [r for r in reading.sorted_arms(report) if r.arm == "mix" and r.n_real == base and r.mean is not None]
    if len(rows) < 3 or rows[-1].gain is None or rows[-1].gain.low is None:
        return False
    return rows[-1].gain.low > 0 and max(rows, key=lambda row: row.mean or 0) is rows[-1]


def _headline_doubts(report: Report) -> Iterator[str]:
    found, row = report.equivalence, reading.headline_arm(report)
    if found is None or row is None:
        return
    censored = found.real_equivalent.censored
    if censored in ("above", "below"):
        yield f"{words.real_equivalent(found.real_equivalent).estimate} as an estimate: it is a bound."
    if found.verdict == "not-established" and censored != "flat":
        yield (
            f"An exchange rate of {words.number(found.exchange_rate.estimate, 2)} as a benefit: "
            "its interval includes 0."
        )
    if found.exchange_rate.low is not None or found.exchange_rate.high is not None:
        yield (
            "The interval as the whole uncertainty: it holds the noise between replicates, not that of a test split of "
            f"{words.number(sum(report.task.test_counts))} images."
        )
    yield (
        f"The same worth elsewhere: it holds for {words.number(found.n_real)} real images of this task and this "
        "classifier, and changes with all three."
    )


def _pool_doubts(report: Report) -> Iterator[str]:
    audit = report.audit
    if audit.test_leak_fraction is not None and audit.test_leak_fraction > 0.01:
        yield f"The test score: {words.share(audit.test_leak_fraction)} of the pool repeats a test image."
    if report.generator.track == "open":
        yield "That the n images alone are worth this: the generator was trained on data beyond them (open-set)."


def _origin_doubts(report: Report) -> Iterator[str]:
    if report.profile.name == "quick":
        yield "A verdict on the method: the quick profile trains small models for minutes."
    if report.environment.git_dirty:
        yield "That the commit reproduces this: the working tree had uncommitted changes."
