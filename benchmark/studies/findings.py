"""What a board's reports say, in sentences that claim no more than the intervals carry.

Help and harm are counted only where the interval excludes 0 and the report does not itself warn of that interval.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from gda_bench.report import Report, reading, words
from gda_bench.report.markdown import safe

CHANCE = 0.05
VOID: Final = "not to be believed, for a control failed or test images were repeated:"
HELPS: Final = "shown to help:"
HARMS: Final = "shown to do harm:"
BEYOND: Final = "did better than any number of real images that was measured:"
DOUBTED: Final = "an interval that excludes 0, and that the report says not to trust:"
OPEN: Final = "neither help nor harm shown:"
FLAT: Final = "no scale to value by, since more real images do not raise the score beyond noise:"
NONE: Final = "not measured:"
KINDS: Final = (VOID, HELPS, HARMS, BEYOND, DOUBTED, OPEN, FLAT, NONE)


def scope(found: Sequence[Report]) -> str:
    """How many studies, of what."""
    generators, tasks, classifiers = (
        len({of(r) for r in found}) for of in (lambda r: r.generator.name, lambda r: r.task.name, classifier)
    )
    seeds = sorted({len({c.seed for c in r.cells}) for r in found})
    partly = ", not in every combination" if len(found) < generators * tasks * classifiers else ""
    return (
        f"{words.plural(len(found), 'study', 'studies')}: {words.plural(generators, 'generator')} on "
        f"{words.plural(tasks, 'task')} with {words.plural(classifiers, 'classifier')}, "
        f"{words.listed([str(s) for s in seeds])} seeds each{partly}."
    )


def findings(found: Sequence[Report], tasks: Sequence[str]) -> Iterator[str]:
    """A sentence or two each, tasks first, in this order; found: sorted."""
    for task in tasks:
        yield f"**{safe(words.plain(task))}**: {_of_task([r for r in found if r.task.name == task])}"
    yield _by_chance(found)
    yield from _against_real([r for r in found if _kind(r) not in (VOID, FLAT, NONE) and not reading.distrust(r)])
    yield from _by_classifier(found)
    yield _audited(found, lambda r: r.audit.copying, "near-copies of training images")
    yield _audited(found, lambda r: r.audit.test_leak, "repeats of test images")
    yield _controlled(found)


def classifier(report: Report) -> str:
    """As on the command line, as far as it tells two apart."""
    model = report.classifier.params.get("model")
    return words.plain(report.classifier.name + (f":model={model}" if isinstance(model, str) else ""))


def marked_rate(report: Report) -> str:
    """The exchange rate with its interval, and a dagger where the report warns of that."""
    found = report.equivalence
    if found is None:
        return words.NOT_MEASURED
    mark = "†" if reading.distrust(report) else ""
    return f"{words.rate(found.exchange_rate, found.real_equivalent.censored)}{mark}"


def _kind(report: Report) -> str:
    found = report.equivalence
    if reading.failed_controls(report) or reading.leaks(report):
        return VOID
    if found is None:
        return NONE
    if found.real_equivalent.censored == "flat":
        return FLAT
    said = {"censored": BEYOND, "not-established": OPEN, "established": HELPS, "harmful": HARMS}[found.verdict]
    return DOUBTED if said in (HELPS, HARMS) and reading.distrust(report) else said


def _of_task(reports: Sequence[Report]) -> str:
    several = len({classifier(r) for r in reports}) > 1
    told: dict[str, list[str]] = defaultdict(list)
    for report in reports:
        name = safe(words.plain(report.generator.name)) + (f" with {safe(classifier(report))}" if several else "")
        kind = _kind(report)
        told[kind].append(f"{name} {safe(marked_rate(report))}" if kind in (HELPS, HARMS, BEYOND, DOUBTED) else name)
    return "; ".join(f"{kind} {words.listed(told[kind])}" for kind in KINDS if kind in told) + "."


def _by_chance(found: Sequence[Report]) -> str:
    count = sum(1 for r in found if _kind(r) not in (FLAT, NONE))
    expected = words.number(CHANCE * count, 0 if CHANCE * count >= 2 else 1)
    return (
        f"Of {words.plural(count, 'interval')} at 95 %, about {expected} would exclude 0 by chance if every generator "
        "were worth nothing. Studies of one task and classifier share their real images and controls, so they err "
        "together."
    )


def _against_real(trusted: Sequence[Report]) -> Iterator[str]:
    rates = [(r, r.equivalence.exchange_rate) for r in trusted if r.equivalence]
    if not rates:
        yield "In no study does the report stand by its interval."
        return
    less = sum(1 for _, found in rates if found.high is not None and found.high < 1)
    yield (
        f"Of {words.plural(len(rates), 'study', 'studies')} with an interval that the report stands by, {less} show "
        "that a synthetic image was worth less than a real one."
    )
    whole = [_name(r) for r, found in rates if found.low is not None and found.low >= 1]
    if whole:
        yield (
            f"Worth a real image each or more: {words.listed(whole)}. Where a mix beats every real set that was "
            "measured, that may be the work of a short training rather than of the images."
        )


def _by_classifier(found: Sequence[Report]) -> Iterator[str]:
    kinds: dict[tuple[str, str], list[str]] = defaultdict(list)
    for report in found:
        kinds[report.task.name, report.generator.name].append(_kind(report))
    several = [of for of in kinds.values() if len(of) > 1]
    if several:
        apart = sum(1 for of in several if 0 < of.count(HELPS) < len(of))
        yield (
            f"Help was shown with one classifier and not with another in {apart} of "
            f"{words.plural(len(several), 'pair')} of task and generator. That is not a difference shown; it is a "
            "reason not to carry a rate from one classifier to another."
        )


def _audited(found: Sequence[Report], judged: Callable[[Report], bool | None], what: str) -> str:
    known = [(r, judged(r)) for r in found if judged(r) is not None]
    hits = [_name(r) for r, hit in known if hit]
    return (
        f"More {what} than held-out real images show, beyond chance: {words.listed(hits) if hits else 'in no study'} "
        f"({len(known)} of {len(found)} could be judged)."
    )


def _controlled(found: Sequence[Report]) -> str:
    judged = [(r, c) for r in found for _, c in reading.controls(r) if c is not None and c.passed is not None]
    right = Counter(bool(c.passed) for _, c in judged)[True]
    wrong = list(dict.fromkeys(_name(r) for r, c in judged if not c.passed))
    failed = f"; wrong for {words.listed(wrong)}" if wrong else ""
    return f"Controls with a known answer: {right} of {len(judged)} that could be judged came out right{failed}."


def _name(report: Report) -> str:
    generator, task = (safe(words.plain(name)) for name in (report.generator.name, report.task.name))
    return f"{generator} on {task} with {safe(classifier(report))}"
