"""Looking things up in a report: what several renderers need to know, read off once and in one way."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from gda_bench.report import words
from gda_bench.report.model import ArmRow, CellRow, Control, Gap, Interval, LawCandidate, LawPoint, Report

ORDER = ("real", "mix", "synthetic", "copy", "oracle")
COPIED = 1 / 3
"""A ratio d(NN1) / d(NN2) under this counts as memorised."""
DISTRUST = "Do not trust the interval of the exchange rate: "
"""How the warning begins that says where the headline's interval was not shown to hold."""


def was_given(report: Report) -> str:
    """What the generator was given beyond the n images, in words; empty where nothing is on record."""
    found = report.generator
    parts = [f"weights of {words.plain(w.source)}" for w in found.weights]
    if found.other_images:
        where = "this task" if found.other_images.source == "rest" else words.plain(found.other_images.source)
        parts.append(f"{words.plural(found.other_images.count, 'more image')} of {where}")
    return " and ".join(parts)


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


def seeds(report: Report) -> int:
    """Of the headline's arm that ended well; of any other where it has none."""
    row = headline_arm(report)
    return row.n if row else max((other.n for other in report.arms), default=0)


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
    return cells_by_arm(report).get((row.arm, row.n_real, row.n_synth), [])


def cells_by_arm(report: Report) -> dict[tuple[str, int, int], list[CellRow]]:
    """The cells that ended well, by (arm, n_real, n_synth): one walk for all arms."""
    found: dict[tuple[str, int, int], list[CellRow]] = {}
    for cell in report.cells:
        if cell.status == "ok":
            found.setdefault((cell.arm, cell.n_real, cell.n_synth), []).append(cell)
    return found


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


def moved_copies(report: Report) -> Control | None:
    """The copy control, where its interval excludes the known answer and the protocol may be the reason: not judged."""
    found = report.controls.copy_
    if found is None or found.expected is None or found.passed is not None:
        return None
    low, high = found.exchange_rate.low, found.exchange_rate.high
    misses = (low is not None and low > found.expected) or (high is not None and high < found.expected)
    return found if misses else None


def includes_zero(row: ArmRow) -> bool:
    """Whether the exchange rate may be 0; true as well where no rate was measured."""
    return not sign(row.exchange_rate)


def sign(found: Interval | None) -> Literal[-1, 0, 1]:
    """On which side of 0 an interval lies; 0 where it includes that, or where there is none."""
    if found is None:
        return 0
    if found.low is not None and found.low > 0:
        return 1
    return -1 if found.high is not None and found.high < 0 else 0


def distrust(report: Report) -> str | None:
    """Why not to trust the headline's interval, as the report itself says; None where it says nothing of the kind."""
    return next((warning for warning in report.warnings if warning.startswith(DISTRUST)), None)


def copies(report: Report) -> bool:
    """Whether the generator copies its training images: as the audit judged, or else clearly more than real ones do."""
    found = report.audit.memorised_fraction
    if report.audit.copying is not None or found is None:
        return bool(report.audit.copying)
    return found > 0.05 + (report.audit.memorised_baseline or 0)


def leaks(report: Report) -> bool:
    """Whether the pool repeats test images by more than chance allows."""
    return report.audit.test_leak is True


def shortfalls(gap: Gap | None) -> list[tuple[str, float]]:
    """The measured parts that may lie behind the gap, the largest first."""
    parts = (
        {"content": gap.content, "fidelity": gap.fidelity, "label consistency": gap.label_consistency} if gap else {}
    )
    return sorted(((name, value) for name, value in parts.items() if value is not None), key=lambda part: -part[1])


def selected_law(report: Report) -> LawCandidate | None:
    law = report.law
    return next((fit for fit in law.candidates if fit.name == law.selected), None) if law else None


def drawn_laws(report: Report) -> list[LawCandidate]:
    """The candidates that have a curve, the selected one last, so that it lies on top."""
    law = report.law
    return sorted((fit for fit in law.candidates if fit.curve), key=lambda fit: fit.name == law.selected) if law else []


def mixes(report: Report) -> list[ArmRow]:
    """The mixes at the base size whose worth can be read off the real curve."""
    rows = [row for row in worth_arms(report) if row.arm == "mix"]
    return [
        r for r in rows if r.real_equivalent and r.real_equivalent.censored != "flat" and r.real_equivalent.estimate > 0
    ]


def by_law(fit: LawCandidate, m: float) -> float | None:
    """The law's real-equivalent at m, between the points of the document; None beyond them."""
    points = sorted((p.n_synth, p.real_equivalent) for p in fit.curve)
    for (low, start), (high, end) in pairwise(points):
        if low <= m <= high:
            return start if high == low else start + (end - start) * (m - low) / (high - low)
    return None


def peak(report: Report) -> LawPoint | None:
    """Where the selected law stops to rise, if that is within what was measured."""
    fit, measured = selected_law(report), [row.n_synth for row in mixes(report)]
    if fit is None or not fit.curve or not measured:
        return None
    top = max(fit.curve, key=lambda point: point.real_equivalent)
    falls = top.real_equivalent > 1.01 * fit.curve[-1].real_equivalent
    return top if falls and top.n_synth < max(measured) else None


def kept(cells: Sequence[CellRow]) -> float | None:
    """Samples of an arm's m that the filter let through, mean over its cells; None without a filter."""
    counts = [cell.n_kept for cell in cells if cell.n_kept is not None]
    return sum(counts) / len(counts) if counts else None
