"""The tables of what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gda_bench.report import reading, words
from gda_bench.report.blocks import Table, filled
from gda_bench.report.model import ArmRow, CellRow, Control, Report

RESULTS = {True: "✓ pass", False: "✗ FAIL", None: "? not judged"}


def arms(report: Report) -> Table:
    rows, cells = reading.sorted_arms(report), reading.cells_by_arm(report)
    metric = words.metric_name(report.task.metric)
    return filled(
        caption=f"Every arm: {metric} on the test split, over seeds",
        align="lrrrrrrrrrr",
        head=(
            *("arm", "real", "added", "kept", "mean", "sd"),
            *("gain, points", "real-equivalent", "exchange rate", "seeds", "failed"),
        ),
        rows=tuple(_arm(row, cells.get((row.arm, row.n_real, row.n_synth), [])) for row in rows),
        strong=frozenset(i for i, row in enumerate(rows) if reading.is_headline(row, report)),
        note="In bold: the headline, at the ratio that the profile fixed before any result was seen."
        if reading.headline_arm(report)
        else "",
    )


def _arm(row: ArmRow, cells: Sequence[CellRow]) -> tuple[str, ...]:
    compared = row.arm != "real"  # of real arms neither is asked
    censored = row.real_equivalent.censored if row.real_equivalent else None
    kept = reading.kept(cells)
    return (
        row.arm,
        words.number(row.n_real),
        words.number(row.n_synth) if row.n_synth else "",
        "" if kept is None else words.number(kept),
        words.level(row.mean),
        words.number(row.sd, 3) if row.sd is not None else "–",
        str(words.points(row.gain)) if row.gain or compared else "",
        str(words.real_equivalent(row.real_equivalent, seeds=row.n)) if row.real_equivalent or compared else "",
        str(words.rate(row.exchange_rate, censored, seeds=row.n)) if row.exchange_rate or compared else "",
        words.number(row.n),
        words.number(row.failed),
    )


def controls(report: Report) -> Table:
    rows, seeds = [], reading.seeds(report)
    for name, control in reading.controls(report):
        if control is None:
            rows.append((name, "", "–", words.NOT_MEASURED, words.NOT_MEASURED, "not run"))
            continue
        rows.append(
            (
                name,
                words.number(control.n_synth),
                "none known" if control.expected is None else words.significant(control.expected),
                str(words.rate(control.exchange_rate, control.real_equivalent.censored, seeds=seeds)),
                str(words.real_equivalent(control.real_equivalent, seeds=seeds)),
                _result(report, name, control),
            )
        )
    return Table(
        caption="Controls, measured like any other generator",
        align="lrrrrl",
        head=("control", "m added", "expected rate", "measured rate", "real-equivalent", "result"),
        rows=tuple(rows),
        strong=frozenset(i for i, row in enumerate(rows) if "FAIL" in row[-1]),
    )


def _result(report: Report, name: str, control: Control) -> str:
    """Judged where the answer is known; what is as good as real images is a ceiling all the same."""
    if control is reading.moved_copies(report):
        return "△ moved by the protocol"
    if control.expected is not None:
        return RESULTS[control.passed]
    return "△ a ceiling, not judged" if name == "oracle" else "– not judged"


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
