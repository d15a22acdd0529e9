"""Looking things up in a report: what several renderers need to know, read off once and in one way."""

from __future__ import annotations

from collections.abc import Sequence

from gda_bench.report.model import ArmRow, CellRow, Control, Report

ORDER = ("real", "mix", "synthetic", "copy", "oracle")
COPIED = 1 / 3
"""A ratio d(NN1) / d(NN2) under this counts as memorised."""


def base_size(report: Report) -> int | None:
    """n: of the headline, or else of the arms that have both real and added images."""
    if report.equivalence:
        return report.equivalence.n_real
    sizes = [row.n_real for row in report.arms if row.n_real and row.n_synth]
    return min(sizes, default=None)


def is_headline(row: ArmRow, report: Report) -> bool:
    found = report.equivalence
    return found is not None and (row.arm, row.n_real, row.n_synth) == ("mix", found.n_real, found.n_synth)


def headline_arm(report: Report) -> ArmRow | None:
    return next((row for row in report.arms if is_headline(row, report)), None)


def sorted_arms(report: Report) -> list[ArmRow]:
    return sorted(report.arms, key=lambda row: (ORDER.index(row.arm), row.n_real, row.n_synth))


def real_arms(report: Report) -> list[ArmRow]:
    """Real arms that were measured, by size."""
    return [row for row in sorted_arms(report) if row.arm == "real" and row.mean is not None]


def gain_arms(report: Report) -> list[ArmRow]:
    """The arms that add to the base size and were compared with it."""
    base = base_size(report)
    if not base:
        return []
    return [r for r in sorted_arms(report) if r.arm != "real" and r.n_real == base and r.n_synth and r.gain]


def worth_arms(report: Report) -> list[ArmRow]:
    """The mixes and controls at the base size whose worth was read off the real curve."""
    base = base_size(report)
    shown = ("mix", "copy", "oracle")
    return [r for r in sorted_arms(report) if r.arm in shown and r.n_real == base and r.real_equivalent]


def has_curve(report: Report) -> bool:
    return report.real_curve is not None and any(point.n for point in report.real_curve.points)


def cells_of(report: Report, row: ArmRow) -> list[CellRow]:
    """The cells of an arm that ended well."""
    place = (row.arm, row.n_real, row.n_synth)
    return [c for c in report.cells if (c.arm, c.n_real, c.n_synth) == place and c.status == "ok"]


def mean_metric(cells: Sequence[CellRow], metric: str) -> float | None:
    values = [c.metrics[metric] for c in cells if c.metrics and metric in c.metrics]
    return sum(values) / len(values) if values else None


def failed_cells(report: Report) -> list[CellRow]:
    """Cells without a result: failed, or never run."""
    return [c for c in report.cells if c.status != "ok"]


def controls(report: Report) -> list[tuple[str, Control | None]]:
    return [("copy", report.controls.copy_), ("oracle", report.controls.oracle)]


def failed_controls(report: Report) -> list[tuple[str, Control]]:
    return [(name, control) for name, control in controls(report) if control and control.passed is False]


def includes_zero(row: ArmRow) -> bool:
    """Whether the exchange rate may be 0; true as well where no rate was measured."""
    found = row.exchange_rate
    if found is None:
        return True
    above = found.low is not None and found.low > 0
    below = found.high is not None and found.high < 0
    return not (above or below)


def memorised_more(report: Report) -> bool:
    """Whether clearly more of the pool than of held-out real images looks copied."""
    found = report.audit.memorised_fraction
    return found is not None and found > 0.05 + (report.audit.memorised_baseline or 0)
