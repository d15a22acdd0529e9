"""The tables of what was measured."""

from __future__ import annotations

from typing import Any

from gda_bench.report import reading, words
from gda_bench.report.blocks import Table
from gda_bench.report.model import ArmRow, Audit, Report

RESULTS = {True: "✓ pass", False: "✗ FAIL", None: "? not judged"}


def arms(report: Report) -> Table:
    rows = reading.sorted_arms(report)
    metric = words.metric_name(report.task.metric)
    return Table(
        caption=f"Every arm: {metric} on the test split, over seeds",
        align="lrrrrrrrrr",
        head=(
            *("arm", "real", "added", "mean", "sd"),
            *("gain, points", "real-equivalent", "exchange rate", "seeds", "failed"),
        ),
        rows=tuple(_arm(row) for row in rows),
        strong=frozenset(i for i, row in enumerate(rows) if reading.is_headline(row, report)),
        note="In bold: the headline, at the ratio that the profile fixed before any result was seen."
        if reading.headline_arm(report)
        else "",
    )


def _arm(row: ArmRow) -> tuple[str, ...]:
    compared = row.arm != "real"  # of real arms neither is asked
    censored = row.real_equivalent.censored if row.real_equivalent else None
    return (
        row.arm,
        words.number(row.n_real),
        words.number(row.n_synth) if row.n_synth else "",
        words.level(row.mean),
        words.number(row.sd, 3) if row.sd is not None else "–",
        str(words.points(row.gain)) if row.gain or compared else "",
        str(words.real_equivalent(row.real_equivalent)) if row.real_equivalent or compared else "",
        str(words.rate(row.exchange_rate, censored)) if row.exchange_rate or compared else "",
        words.number(row.n),
        words.number(row.failed),
    )


def controls(report: Report) -> Table:
    rows = []
    for name, control in reading.controls(report):
        if control is None:
            rows.append((name, "", "0" if name == "copy" else "1", words.NOT_MEASURED, words.NOT_MEASURED, "not run"))
            continue
        rows.append(
            (
                name,
                words.number(control.n_synth),
                "–" if control.expected is None else words.number(control.expected),
                str(words.rate(control.exchange_rate, control.real_equivalent.censored)),
                str(words.real_equivalent(control.real_equivalent)),
                RESULTS[control.passed],
            )
        )
    return Table(
        caption="Controls: generators whose worth is known",
        align="lrrrrl",
        head=("control", "m added", "expected rate", "measured rate", "real-equivalent", "result"),
        rows=tuple(rows),
        strong=frozenset(i for i, row in enumerate(rows) if "FAIL" in row[-1]),
    )


def law(report: Report) -> Table | None:
    if report.law is None:
        return None
    fits = sorted(report.law.candidates, key=lambda fit: fit.cv_rmse)
    constants = [("c2", report.law.c2), ("kappa", report.law.kappa)]
    known = ", ".join(f"{name} = {words.constant(value)}" for name, value in constants if value)
    return Table(
        caption="Laws for worth against m, by leave-one-cell-out error",
        align="lrl",
        head=("law", "error, points", "parameters"),
        rows=tuple(
            (
                words.plain(fit.name),
                words.number(100 * fit.cv_rmse, 2),
                ", ".join(
                    f"{words.plain(k)} = {words.significant(v.estimate)}" for k, v in sorted(fit.parameters.items())
                ),
            )
            for fit in fits
        ),
        strong=frozenset(i for i, fit in enumerate(fits) if fit.name == report.law.selected),
        note=f"In bold: the law with the least error.{f' Of the log law: {known}.' if known else ''}",
    )


def tost(report: Report) -> Table | None:
    if not report.tost:
        return None
    margins = {words.number(100 * test.margin, 1) for test in report.tost}
    base = reading.base_size(report) or 0
    return Table(
        caption=f"Equivalence tests, paired by seed, margin {' or '.join(sorted(margins))} points",
        align="lrrl",
        head=("mix", "against real", "p", "equivalent"),
        rows=tuple(
            (
                words.trained_on("mix", base, test.n_synth),
                words.number(test.n_real),
                words.number(test.p_value, 3),
                "yes" if test.equivalent else "not shown",
            )
            for test in report.tost
        ),
    )


def reference(report: Report) -> Table | None:
    """The largest real arm beside published figures."""
    measured = reading.real_arms(report)
    if not measured:
        return None
    largest = measured[-1]
    cells = reading.cells_of(report, largest)
    published = report.task.reference
    names = dict.fromkeys([report.task.metric, *(k for k, v in published.items() if _is_number(v))])
    ours = {name: reading.mean_metric(cells, name) for name in names}
    ours[report.task.metric] = largest.mean
    notes = [f"{words.plain(str(k))}: {words.setting(v)}" for k, v in published.items() if not _is_number(v)]
    return Table(
        caption="All the real data, beside the published reference",
        align="lrr",
        head=(
            "metric",
            f"ours, {words.number(largest.n_real)} real, {words.plural(largest.n, 'seed')}",
            "published, not ours",
        ),
        rows=tuple(
            (words.metric_name(name), words.level(ours[name]), _published(published.get(name))) for name in names
        ),
        note="Published: " + "; ".join(notes) + "." if notes else "",
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _published(value: Any) -> str:
    return words.level(float(value)) if _is_number(value) else "none on record"


MEASURES: tuple[tuple[str, str, str, str], ...] = (
    (
        "authenticity",
        "authenticity",
        "share",
        "of the pool is not nearer to a training image than that is to the next",
    ),
    ("test_leak_fraction", "test leak", "share", "of the pool memorises a test image; should be 0"),
    (
        "discriminator_auc",
        "separability",
        "level",
        "AUC of real against synthetic; 0.5: cannot be told apart",
    ),
    ("precision", "precision", "level", "share of the pool that lies among real images"),
    ("recall", "recall", "level", "share of real images that lie among the pool"),
    ("density", "density", "level", "how densely real images surround the pool"),
    ("coverage", "coverage", "level", "share of real images with a synthetic neighbour"),
    (
        "frechet_distance",
        "Fréchet distance",
        "distance",
        "between the two clouds of features; lower is closer",
    ),
)


def audit(report: Report) -> Table | None:
    found = report.audit
    rows = tuple((name, _measure(found, field, form), meaning) for field, name, form, meaning in MEASURES)
    if all(row[1] == words.NOT_MEASURED for row in rows):
        return None
    return Table("The pool against real images", "lrl", ("measure", "value", "meaning"), rows)


def _measure(found: Audit, name: str, form: str) -> str:
    value: float | None = getattr(found, name)
    if value is None:
        return words.NOT_MEASURED
    if form == "share":
        return words.share(value)
    return words.level(value) if form == "level" else words.number(value, 2)
