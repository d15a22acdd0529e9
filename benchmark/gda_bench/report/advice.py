"""What to do next and what not to believe: short sentences, each derived from one fact of the report."""

from __future__ import annotations

from collections.abc import Iterator

from gda_bench.report import reading, words
from gda_bench.report.model import Equivalence, Report

BLURRED_SEEDS = 30
"""More seeds than this are not worth advising: the effect, if any, is too small to matter."""


REMEDIES = {
    "content": "Widen what the generator draws (longer training, less guidance): what lacks most is content, kinds of "
    "real images that it never draws.",
    "fidelity": "Try a filter such as realism, or a longer training of the generator: what lacks most is fidelity, too "
    "many images are unlike any real one.",
    "label consistency": "Try a filter such as confidence, or stronger class conditioning: what lacks most is label "
    "consistency, too many images look like another class.",
}
SEPARABLE = 0.9
"""An AUC above this is told from real images at a glance, whatever the baseline."""
NOTABLE = 0.1
"""A shortfall below this is not worth acting on."""


def alarms(report: Report) -> tuple[str, ...]:
    """Why the numbers may not be believed, or the images not shared, gravest first; empty where nothing says so."""
    return tuple(_alarms(report))


def _alarms(report: Report) -> Iterator[str]:
    failed = reading.failed_controls(report)
    parts = [
        f"{name} should be worth {words.significant(control.expected)} real images each and measured "
        f"{words.rate(control.exchange_rate, control.real_equivalent.censored)}"
        for name, control in failed
        if control.expected is not None
    ]
    if parts:
        yield f"Do not believe this report. A control has a known answer, and it came out wrong: {'; '.join(parts)}."
    if reading.leaks(report):
        yield (
            f"Do not believe the test score: {words.share(report.audit.test_leak_fraction)} of the pool repeats test "
            f"images, more than chance allows{_beside_real(_real_leak(report))}."
        )
    if report.audit.copying:
        yield (
            f"Do not share these images as new ones: {words.share(report.audit.memorised_fraction)} of "
            f"the pool copies training images, more than chance allows{_beside_real(report.audit.memorised_baseline)}."
        )


def _real_leak(report: Report) -> float | None:
    return report.audit.baseline.test_leak_fraction if report.audit.baseline else None


def _beside_real(share: float | None) -> str:
    return "" if share is None else f" (held-out real images: {words.share(share)})"


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
    if reading.leaks(report):
        yield "Find out how test images reached the generator, and train it again without them: no score counts before."
        return
    yield from _next_by_protocol(report)
    yield from _next_by_verdict(report)
    yield from _next_by_pool(report)
    if reading.peak(report) is None and _still_rising(report):
        yield "Try a larger m: the gain is highest at the largest pool that was measured."


def _next_by_protocol(report: Report) -> Iterator[str]:
    """Where copies alone move the score, the layout does, and a part of every worth is not the images'."""
    copy = reading.moved_copies(report)
    if copy:
        yield (
            f"Hold the mix against the copies, not against 0: under the protocol {words.plain(report.protocol.name)} "
            f"copies, which add nothing, are worth {words.rate(copy.exchange_rate, copy.real_equivalent.censored)} "
            "each. Then run the same study with the protocol concat."
        )


def _next_by_pool(report: Report) -> Iterator[str]:
    """What the audit and the law say of a better pool."""
    top = reading.peak(report)
    if reading.copies(report):
        yield "Stop the generator's training earlier, or give it more images: its pool repeats what it was shown."
    if top:
        most = words.number(top.n_synth)
        yield f"Add about {most} synthetic images and no more: by the selected law the worth falls after that."
    gap = report.audit.gap
    parts = reading.shortfalls(gap)
    if gap and gap.metric_gap.low is not None and gap.metric_gap.low > 0 and parts and parts[0][1] >= NOTABLE:
        yield REMEDIES[parts[0][0]]


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
    if reading.seeds(report) == 1:
        return "Run more seeds (--seeds): a single one has no interval."
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
    has_interval = reading.seeds(report) > 1
    if found.verdict == "not-established" and censored != "flat":
        yield (
            f"An exchange rate of {words.number(found.exchange_rate.estimate, 2)} as a benefit: "
            f"{'its interval includes 0' if has_interval else 'a single seed gives no interval'}."
        )
    measured = found.exchange_rate.low is not None or found.exchange_rate.high is not None
    if measured and (report.real_curve is None or report.real_curve.test_sd is None):
        yield (
            "The interval as the whole uncertainty: it holds the noise between seeds, not that of a test split of "
            f"{words.number(sum(report.task.test_counts))} images."
        )
    yield (
        f"The same worth elsewhere: it holds for {words.number(found.n_real)} real images of this task and this "
        "classifier, and changes with all three."
    )


def _pool_doubts(report: Report) -> Iterator[str]:
    audit = report.audit
    if audit.test_leak is None and audit.test_leak_fraction is not None and audit.test_leak_fraction > 0.01:
        yield f"The test score, unseen: {words.share(audit.test_leak_fraction)} of the pool repeats test images."
    if audit.discriminator_auc is not None and audit.discriminator_auc >= SEPARABLE:
        real = audit.baseline.discriminator_auc if audit.baseline else None
        beside = "" if real is None else f" (held-out real images: {words.level(real)})"
        yield (
            "That the images pass for real: a classifier tells them apart with an AUC of "
            f"{words.level(audit.discriminator_auc)}{beside}."
        )
    if audit.filter_kept:
        yield (
            f"That the generator alone is worth this: the filter {words.plain(report.filter.name)} chose among its "
            f"images, and used {words.plain(audit.filter_kept.uses) or 'real information'} to do so."
        )
    if report.generator.track == "open":
        yield "That the n images alone are worth this: the generator was trained on data beyond them (open-set)."


def _origin_doubts(report: Report) -> Iterator[str]:
    if report.profile.name == "quick":
        yield "A verdict on the method: the quick profile trains small models for minutes."
    if report.environment.git_dirty:
        yield "That the commit reproduces this: the working tree had uncommitted changes."
