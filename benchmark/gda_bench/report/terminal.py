"""What the terminal shows at the end of a run: the verdict and a small table, in 60 columns."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gda_bench.report import content, reading, words
from gda_bench.report.model import ArmRow, Report

MOST_MIXES = 5
STYLES = {"established": "bold green", "harmful": "bold red", "censored": "bold cyan"}


def summary(report: Report) -> RenderableType:
    """The arms at a glance and the verdict in one sentence, as a renderable for a rich console."""
    page = content.page(report)
    verdict = Text.assemble((page.badge, STYLES.get(page.tone, "bold")), f"  {page.sentence}")
    parts: list[RenderableType] = [Text(page.subject, style="dim")]
    if given := reading.was_given(report):
        parts.append(Text(f"open-set, trained on more than the n images: {given}", style="yellow"))
    rows = [row for row in reading.sorted_arms(report) if _is_shown(row, report)]
    if rows:
        parts += [_table(rows, report), Text()]
    lost = reading.failed_cells(report)
    if lost:
        parts.append(Text(f"{len(lost)} of {words.plural(len(report.cells), 'cell')} without a result", style="yellow"))
    parts += [Text(alarm, style="bold red") for alarm in page.alarms]
    parts.append(verdict)
    if doubt := reading.distrust(report):
        parts.append(Text(words.plain(doubt), style="yellow"))
    return Group(*parts)


def _is_shown(row: ArmRow, report: Report) -> bool:
    """What is compared at the base size; of many mixes those that say most."""
    base = reading.base_size(report)
    if row.arm == "mix":
        return row in _telling([r for r in reading.sorted_arms(report) if r.arm == "mix" and r.n_real == base], report)
    return row.n_real == base or (row.arm == "synthetic" and row is _largest(report))


def _telling(mixes: list[ArmRow], report: Report) -> list[ArmRow]:
    """All of a few; else the smallest, the headline, the best and the largest."""
    if len(mixes) <= MOST_MIXES:
        return mixes
    best = max(mixes, key=lambda row: row.mean or 0)
    return [r for r in mixes if r in (mixes[0], best, mixes[-1]) or reading.is_headline(r, report)]


def _largest(report: Report) -> ArmRow | None:
    return next((row for row in reversed(reading.sorted_arms(report)) if row.arm == "synthetic"), None)


def _table(rows: list[ArmRow], report: Report) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("arm", no_wrap=True)
    for name in ("added", words.metric_name(report.task.metric), "gain"):
        table.add_column(Text(name), justify="right", max_width=9)
    table.add_column("worth in real images", max_width=20)
    for row in rows:
        gain = words.points(row.gain).estimate if row.gain else ""
        worth = str(words.real_equivalent(row.real_equivalent, seeds=row.n)) if row.real_equivalent else ""
        cells = (
            row.arm,
            words.number(row.n_synth) if row.n_synth else "",
            words.level(row.mean),
            gain,
            worth,
        )
        table.add_row(*(Text(cell) for cell in cells), style="bold" if reading.is_headline(row, report) else "")
    return table
