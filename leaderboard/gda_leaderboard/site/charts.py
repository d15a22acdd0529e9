"""The charts of a page: what is drawn of a table, in words and as SVG for a wide screen and a narrow one."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from altair.utils.schemapi import debug_mode
from markupsafe import Markup

from gda_bench.report import reading, words
from gda_bench.report.figures import chart, svg
from gda_bench.report.model import RealCurve
from gda_leaderboard.site.board import Table
from gda_leaderboard.site.figures import compute, worth
from gda_leaderboard.site.jobs import Job, job

WORTH = (
    "Above: the metric of real images only, measured at each dot, with the monotone curve and its 95 % band. Below: "
    "how many real images n real and m synthetic ones do as well as, with the 95 % interval; the dashed line is n. An "
    "open marker: the exchange rate may be 0. A triangle: a bound, beyond the curve. An arrow: that end lies beyond "
    "what was measured."
)
COMPUTE = (
    "Of one training and one pool: processor time on a CPU, wall time on a GPU, mean over seeds. An open marker: not "
    "shown to help, so nothing is known to be bought for the time."
)
ROOM = 18
"""Characters of a row's name."""
DRAWN_BY = ("gda_bench.report", "gda_leaderboard.site")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A figure to be drawn, and what stands around it. note: what its caption says of this one alone."""

    title: str
    caption: str
    note: str
    job: Job


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure inlined in a page: pictures whose colours follow it."""

    title: str
    caption: str
    note: str
    wide: Markup
    narrow: Markup


UNDRAWN = Drawn("", "", "", Markup(), Markup())


def drawn(wanted: Wanted, file: Path) -> Drawn:
    """file: what the job made."""
    wide, narrow = json.loads(file.read_text(encoding="utf-8"))
    return Drawn(wanted.title, wanted.caption, wanted.note, _inlined(wide), _inlined(narrow))


def worth_chart(table: Table, most: int = worth.MOST) -> Wanted | None:
    """None where there is no real curve to read by. most: rows of generators."""
    report = table.example
    n = reading.base_size(report) if report else None
    if report is None or report.real_curve is None or n is None:
        return None
    lines = _lines(table, most)
    numbers = " ".join(f"{line.label}: {words.real_equivalent(line.worth)}." for line in lines)
    place = f"{table.task}, {table.classifier}"
    alt = f"Real curve and real-equivalents on {place}, {table.track}-set generators. {numbers}"
    more = len(table.ranked) - most
    note = f"{words.plural(more, 'more entry', 'more entries')} in the table." if more > 0 else ""
    shown = [(line.label, line.role, line.is_open, line.worth.model_dump()) for line in lines]
    of = [report.real_curve.model_dump(), n, alt, shown]
    made = job(make_worth, report.real_curve, n, lines, alt, of=of, by=DRAWN_BY)
    return Wanted(f"Worth in real images: {place}", f"{WORTH} {note}".strip(), note, made)


def compute_chart(table: Table) -> Wanted | None:
    """The entries of one table by what they cost, the cheapest first; None where no cost is on record."""
    shown = table.ranked[: worth.MOST]
    rows = [
        compute.Spent(_cut(r.label), ((r.keys.compute, r.effect != "helps"),), f"{r.rate} for {r.compute}")
        for r in shown
        if r.keys.compute
    ]
    return _computed(rows, f"Cost: {table.task}, {table.classifier}", "one image is worth")


def overall_compute(tables: Iterable[Table]) -> Wanted | None:
    """Generators by what they cost over several tasks; of namesakes in a table the best placed counts."""
    runs: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for table in tables:
        best = {row.generator: row for row in reversed(table.ranked)}
        for row in best.values():
            if row.keys.compute:
                runs[row.generator].append((row.keys.compute, row.effect != "helps"))
    rows = []
    for generator, found in runs.items():
        helped = sum(not is_open for _, is_open in found)
        bought = f"{helped} of {words.plural(len(found), 'task')}"
        rows.append(compute.Spent(_cut(generator), tuple(sorted(found)), bought))
    rows.sort(key=lambda row: (sum(s for s, _ in row.runs) / len(row.runs), row.label))
    return _computed(rows[: worth.MOST], "What a generator costs, one marker a task", "shown to help on")


def _computed(rows: Sequence[compute.Spent], title: str, head: str) -> Wanted | None:
    if not rows:
        return None
    rows = sorted(rows, key=lambda row: (row.runs[0][0], row.label))
    spent = " ".join(
        f"{row.label}: {', '.join(words.seconds(value) for value, _ in row.runs)}; {head} {row.bought}." for row in rows
    )
    alt = f"{title}. Seconds of compute. {spent}"
    made = job(make_compute, rows, head, alt, of=[head, alt, [asdict(row) for row in rows]], by=DRAWN_BY)
    return Wanted(title, COMPUTE, "", made)


def make_worth(curve: RealCurve, n: int, lines: Sequence[worth.Line], alt: str) -> str:
    """Both widths, as JSON."""
    with debug_mode(False):
        return json.dumps([worth.draw(curve, n, lines, alt, width=width) for width in (chart.WIDE, chart.NARROW)])


def make_compute(rows: Sequence[compute.Spent], head: str, alt: str) -> str:
    """Both widths, as JSON."""
    with debug_mode(False):
        return json.dumps([compute.draw(rows, head, alt, width=width) for width in (chart.WIDE, chart.NARROW)])


def _lines(table: Table, most: int) -> list[worth.Line]:
    """The entries that lead, then the controls."""
    shown = table.ranked[:most]
    found = [
        worth.Line(_cut(row.label), e.real_equivalent, "mix", not reading.sign(e.exchange_rate))
        for row, entry in zip(shown, table.leaders, strict=False)
        if (e := entry.report.equivalence)
    ]
    controls: Any = reading.controls(table.example) if table.example else []
    found += [worth.Line(name, c.real_equivalent, name, not reading.sign(c.exchange_rate)) for name, c in controls if c]
    return found


def _cut(label: str) -> str:
    """To the room; the end stays, by which namesakes are told apart, and so does what tells them from a control."""
    label = f"{label} (entry)" if label in ("copy", "oracle") else label
    return label if len(label) <= ROOM else f"{label[: ROOM - 5]}…{label[-4:]}"


def _inlined(figure: str) -> Markup:
    """svg.py let nothing through but shapes and text. The page defines every colour, so that none needs a spare."""
    return Markup(re.sub(r"(var\(--c-\w+), #\w+\)", r"\1)", svg.themed(figure)).replace(" />", "/>").strip())
