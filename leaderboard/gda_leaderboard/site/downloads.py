"""The board as data: every entry, ranked or not, as JSON and as CSV, with numbers as they stand in the reports."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from gda_bench.report import reading
from gda_bench.report.model import Interval
from gda_leaderboard.entry import Entry
from gda_leaderboard.site.board import Board, Table
from gda_leaderboard.site.row import Row, compute_seconds
from gda_leaderboard.site.standing import TRACKS

ENDS = ("estimate", "low", "high")


def as_json(board: Board) -> str:
    """One document; NaN and infinity cannot be in it."""
    document = {
        "suite": board.suite.name,
        "title": board.suite.title,
        "opened": board.suite.opened,
        "about": "One object an entry. Metrics and gains are fractions; an interval end that is null lies beyond what "
        "was measured; rank is null, and why says so, where an entry is not ranked.",
        "entries": list(records(board)),
    }
    return json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def as_csv(board: Board) -> str:
    """A header and a line an entry; null is empty. What a spreadsheet would take for a formula is quoted as text."""
    lines = [{key: _cell(value) for key, value in record.items()} for record in records(board)]
    text = io.StringIO()
    names = list(lines[0]) if lines else ["task", "classifier", "track", "rank", "tier", "generator"]
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def records(board: Board) -> Iterator[dict[str, Any]]:
    """By table, the ranked ones first."""
    entries = {entry.name: entry for entry in board.entries}
    for table in board.tables:
        for rank, row in enumerate(table.ranked, start=1):
            yield _record(table, row, entries[row.name], rank)
        # a control is shown in every track and is one entry all the same
        controls = [row for row in table.controls if row.name in entries and table.track == TRACKS[0]]
        for row in (*table.unranked, *controls):
            yield _record(table, row, entries[row.name], None)


def _record(table: Table, row: Row, entry: Entry, rank: int | None) -> dict[str, Any]:
    report = entry.report
    found = report.equivalence
    arm = reading.headline_arm(report)
    return {
        "task": table.task,
        "classifier": table.classifier,
        "track": table.track,
        "rank": rank,
        "tier": row.tier,
        "generator": report.generator.name,
        "generator_version": report.generator.version,
        "parameters": json.dumps(report.generator.params, sort_keys=True, ensure_ascii=False),
        "metric": report.task.metric,
        "n_real": found.n_real if found else None,
        "n_synth": found.n_synth if found else None,
        **_interval("exchange_rate", found.exchange_rate if found else None),
        **_interval("real_equivalent", found.real_equivalent if found else None),
        "censored": found.real_equivalent.censored if found else None,
        "verdict": found.verdict if found else None,
        **_interval("gain", arm.gain if arm else None),
        "memorised_fraction": report.audit.memorised_fraction,
        "compute_s": compute_seconds(report),
        "seeds": len({cell.seed for cell in report.cells}),
        "checked": entry.rung,
        "why_unranked": row.why or None,
        "entry": entry.name,
        "report_sha256": entry.digest,
        "page": f"run/{row.run}.html",
    }


def _interval(name: str, value: Interval | None) -> dict[str, float | None]:
    return {f"{name}_{end}" if end != "estimate" else name: getattr(value, end) if value else None for end in ENDS}


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return "" if value is None else value
