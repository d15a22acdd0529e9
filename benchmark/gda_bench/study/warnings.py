"""What a careful reader must know before believing a report, each in one sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gda_bench.registry import load_target
from gda_bench.report import reading, words
from gda_bench.report.model import Audit, CellRow, Control
from gda_bench.study.estimate import Estimates
from gda_bench.study.spec import Study
from gda_bench.task_data import TaskData

MUCH_MEMORISED = 0.1
MUCH_REPEATED = 0.01


def warn(
    study: Study,
    data: TaskData,
    rows: Sequence[CellRow],
    found: Estimates,
    audit: Audit,
    *,
    isolation: str | None,
    unaudited: Sequence[str | None],
) -> list[str]:
    """All warnings, gravest first. unaudited: of each pool without an audit why, as far as that is known."""
    return [
        *_leaked(audit),
        *_controls(study, found),
        *_cells(rows),
        *_audited(study, unaudited),
        *_kept(study, isolation),
        *distrust(found),
        *_sharpened(study, found),
        *_design(study),
        *_data(data),
        *_given(study),
        *_started(study),
        *_copied(audit),
    ]


def _controls(study: Study, found: Estimates) -> Iterator[str]:
    controls: dict[str, Control | None] = {"copy": found.controls.copy_, "oracle": found.controls.oracle}
    for name, control in controls.items():
        if control is None:
            yield f"The control `{name}` was not measured."
        elif not control.passed:
            yield _unmet(name, control, study)


def _unmet(name: str, control: Control, study: Study) -> str:
    protocol, rate = study.protocol, control.exchange_rate
    if control.expected is None:
        return (
            f"The control `{name}` has no known answer under the protocol `{protocol.name}`: its exchange rate is a "
            "ceiling to hold the mix against, not a check."
        )
    if rate.low is None and rate.high is None:
        return f"The control `{name}` has no interval and could not be judged."
    if not load_target(protocol.target).exchangeable:
        return (
            f"The control `{name}` adds no image and its interval excludes {control.expected:g}: the protocol "
            f"`{protocol.name}` moves the score by its schedule alone, which is part of every exchange rate here."
        )
    return (
        f"The control `{name}` is worth {control.expected:.3g} by construction and its interval excludes that: "
        "do not believe this report."
    )


def _kept(study: Study, isolation: str | None) -> Iterator[str]:
    if study.generator.facts["track"] == "closed" and isolation and isolation.startswith("not"):
        yield (
            f"That the generator saw its {study.n_real} images alone is its own word: the kernel did not enforce it "
            f"({isolation.partition(': ')[2]})."
        )


def distrust(found: Estimates) -> Iterator[str]:
    """Where the headline's interval was not shown to hold, and why."""
    if found.doubts:
        yield f"{reading.DISTRUST}{'; '.join(found.doubts)}."
    elif found.equivalence and found.real_curve and not found.real_curve.degrees_of_freedom:
        yield "One seed for each arm: no interval can be given, and no verdict; run three or more."


def _sharpened(study: Study, found: Estimates) -> Iterator[str]:
    """Where seeds were added for an interval as short as was asked for, and where it is not even then."""
    adaptive, equivalence = study.profile.adaptive, found.equivalence
    if adaptive is None or equivalence is None:
        return
    rate, seeds = equivalence.exchange_rate, study.profile.seeds
    if adaptive.first_seeds:
        yield (
            f"Seeds were added after looking at the results, from {adaptive.first_seeds} to {seeds}: that costs the "
            "interval a little of its 95 % (benchmark/simulations/adaptive.md)."
        )
    asked = f"The interval of the exchange rate was to be {adaptive.width:g} long at most and"
    if rate.low is None or rate.high is None:
        yield f"{asked} leaves the measured curve with {seeds} seeds."
    elif (length := rate.high - rate.low) > adaptive.width:
        why = (
            "all that were allowed"
            if seeds == study.profile.most_seeds
            else "and more would not help: the noise of the test set alone is wider than that"
        )
        yield f"{asked} is {length:.2g} with {seeds} seeds, {why}."


def _cells(rows: Sequence[CellRow]) -> Iterator[str]:
    lacking = [r for r in rows if r.status != "ok"]
    if lacking:
        yield f"{len(lacking)} of {len(rows)} cells have no result and enter no mean; the reasons are listed."


def _audited(study: Study, unaudited: Sequence[str | None]) -> Iterator[str]:
    if unaudited:
        reasons = "; ".join(sorted({reason for reason in unaudited if reason}))
        yield (
            f"{len(unaudited)} of {words.plural(study.profile.seeds, 'pool')} could not be audited"
            f"{f' ({reasons})' if reasons else ''}: whether the samples repeat training or test images is not known of "
            "them."
        )


def _design(study: Study) -> Iterator[str]:
    profile = study.profile
    if study.n_real < profile.n_real:
        yield (
            f"n is {study.n_real}, not the profile's {profile.n_real}: the training split has "
            f"{sum(study.train_counts)} images and max_share={profile.max_share:g} keeps room for the real curve."
        )
    if profile.budget.unit == "epochs":
        yield "The budget is in epochs: larger arms also trained longer, so the exchange rate measures compute too."


def _data(data: TaskData) -> Iterator[str]:
    modified = [f for f in data.files if f.state == "modified"]
    if modified:
        names = ", ".join(f.path.rpartition("/")[2] for f in modified)
        yield f"The data are not byte for byte the publisher's ({names}): their digest is recorded as modified."
    found = data.repeats
    if found.near > MUCH_REPEATED * found.looked_at:
        yield (
            f"{found.near} of {found.looked_at} test images are near-duplicates of training images, and "
            f"{found.identical} of all {len(data.test)} are in both splits pixel for pixel: "
            + (
                "no patient is in both, so that such images are simply alike."
                if data.groups
                else "scores are higher than on new people or things, for every arm that trains on their twins."
            )
        )


def _given(study: Study) -> Iterator[str]:
    if study.given.images and study.given.images.task is None:
        yield (
            "The generator was also trained on all training images outside the n: copies of those are not counted as "
            "memorised, and the held-out real images of the audit are among them."
        )


def _started(study: Study) -> Iterator[str]:
    if source := study.classifier.facts["starts_from"]:
        yield (
            f"The classifier starts from weights trained on other images ({source}): every arm owes a part of its "
            "score to them, also that of the n real images alone."
        )


def _leaked(audit: Audit) -> Iterator[str]:
    if audit.test_leak and audit.test_leak_fraction is not None and audit.baseline:
        yield (
            f"{audit.test_leak_fraction:.1%} of the samples repeat images of the test split"
            f"{_by_chance(audit.baseline.test_leak_fraction)}: the generator has seen it, "
            "and no score of an arm with these samples can be believed."
        )


def _copied(audit: Audit) -> Iterator[str]:
    share = audit.memorised_fraction
    # without held-out images nothing says what chance would give, and only a large share is worth a word
    if share is not None and (audit.copying or (audit.copying is None and share > MUCH_MEMORISED)):
        yield (
            f"{share:.1%} of the samples are near-copies of training images{_by_chance(audit.memorised_baseline)}: "
            "they add little, and may disclose the people in them."
        )


def _by_chance(share: float | None) -> str:
    return "" if share is None else f", where held-out real images show {share:.1%}"
