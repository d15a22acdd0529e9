"""report.md: the same page for GitHub, with the figures beside it as files. Every foreign string is escaped."""

from __future__ import annotations

import re

from gda_bench.report import content, words
from gda_bench.report.blocks import Block, Command, Figure, Gallery, Page, Points, Table, Terms
from gda_bench.report.model import Report

INTERVAL = r"\[[-−+\d.,… ]+\](?![(\[:])"
SPECIAL = re.compile(rf"{INTERVAL}|[\\`*\[\]{{}}<>#|~$@]|(?<!\w)_|_(?!\w)|&(?=[#\w])|://|www\.")
STARTS_A_LIST = re.compile(r"^([-+=])|^(\d+)([.)])")


def to_markdown(report: Report, page: Page | None = None) -> str:
    """The report as GitHub-flavoured Markdown; figures are linked as figures/NAME.svg. page: if it is made already."""
    page = page or content.page(report)
    parts = [*_top(page)]
    for section in page.sections:
        parts.append(f"## {safe(section.title)}")
        parts += [_shown(block) for block in section.blocks]
    return "\n\n".join([*parts, f"---\n\n{_block(page.footer)}"]) + "\n"


def _top(page: Page) -> list[str]:
    parts = [f"# {safe(page.question)} {safe(page.subject)}", _block(page.setting)]
    parts += [f"> **{safe(alarm)}**" for alarm in page.alarms]
    parts.append(f"**{safe(page.badge)}**: {safe(page.sentence)}")
    if page.headlines:
        rows = tuple((number.label, number.value, number.detail) for number in page.headlines)
        parts.append(grid("lrl", ("headline", "value", "interval"), rows))
    return parts


def _shown(block: Block) -> str:
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Figure | Gallery):
        return _figure(block.figure if isinstance(block, Gallery) else block)
    if isinstance(block, Command):
        return _fenced(block.text)
    if isinstance(block, Points):
        return "\n".join([f"### {safe(block.title)}\n", *(f"- {_block(item)}" for item in block.items)])
    if isinstance(block, Terms):
        return "\n".join(f"- **{safe(term)}**: {safe(meaning)}" for term, meaning in block.terms)
    return _block(block.text)


def _figure(figure: Figure) -> str:
    title = f"**{safe(figure.title)}**\n\n" if figure.title else ""
    return f"{title}![{safe(figure.alt)}](figures/{figure.name}.svg)\n\n{_block(figure.caption)}"


def _table(table: Table) -> str:
    note = f"\n\n{_block(table.note)}" if table.note else ""
    return f"**{safe(table.caption)}**\n\n{grid(table.align, table.head, table.rows, table.strong)}{note}"


def grid(
    align: str, head: tuple[str, ...], rows: tuple[tuple[str, ...], ...], strong: frozenset[int] = frozenset()
) -> str:
    """A table, a letter of `align` a column: l or r. Rows that are strong stand out."""
    rule = ["---:" if side == "r" else "---" for side in align]
    lines = [[safe(name) for name in head], rule]
    for i, row in enumerate(rows):
        cells = [safe(cell) for cell in row]
        lines.append([f"**{cell}**" if cell and i in strong else cell for cell in cells])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _fenced(text: str) -> str:
    """A code block whose fence is longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}sh\n{text}\n{fence}"


def safe(text: str) -> str:
    """The text as text: nothing in it is markup. An interval stays readable; a whole https address is a link."""
    if words.is_link(text):
        return f"<{text}>"
    return SPECIAL.sub(lambda found: found[0] if len(found[0]) > 4 and found[0][0] == "[" else _escaped(found[0]), text)


def _escaped(mark: str) -> str:
    return mark[:-1] + "\\." if mark == "www." else "\\" + mark


def _block(text: str) -> str:
    """Safe text where a block begins, so that it begins no list either."""
    return STARTS_A_LIST.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", safe(text))
