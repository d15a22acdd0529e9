"""What the terminal shows at the end of a run: the verdict and a small table, in 60 columns."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gda_bench.report import content, reading, words
from gda_bench.report.model import ArmRow, Report

STYLES = {"established": "bold green", "harmful": "bold red", "censored": "bold cyan"}


def summary(report: Report) -> RenderableType:
    """The arms at a glance and the verdict in one sentence, as a renderable for a rich console."""
    page = content.page(report)
    verdict = Text.assemble((page.badge, STYLES.get(page.tone, "bold")), f"  {page.sentence}")
    parts: list[RenderableType] = [Text(page.subject, style="dim")]
    rows = [row for row in reading.sorted_arms(report) if _is_shown(row, report)]
    if rows:
        parts += [_table(rows, report), Text()]
    lost = reading.failed_cells(report)
    if lost:
        parts.append(Text(f"{len(lost)} of {words.plural(len(report.cells), 'cell')} without a result", style="yellow"))
    if page.alarm:
        parts.append(Text(page.alarm, style="bold red"))
    parts.append(verdict)
    return Group(*parts)


def _is_shown(row: ArmRow, report: Report) -> bool:
    """The real arm at the base size and everything that is compared with it."""
    return row.arm != "real" or row.n_real == reading.base_size(report)


def _table(rows: list[ArmRow], report: Report) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("arm", no_wrap=True)
    for name in ("added", words.metric_name(report.task.metric), "gain"):
        table.add_column(Text(name), justify="right", max_width=9)
    table.add_column("worth in real images", max_width=20)
    for row in rows:
        gain = words.points(row.gain).estimate if row.gain else ""
        worth = str(words.real_equivalent(row.real_equivalent)) if row.real_equivalent else ""
        cells = (
            row.arm,
            words.number(row.n_synth) if row.n_synth else "",
            words.level(row.mean),
            gain,
            worth,
        )
        table.add_row(*(Text(cell) for cell in cells), style="bold" if reading.is_headline(row, report) else "")
    return table
