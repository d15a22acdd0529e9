"""Findings as tables: for people, for a bot, for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gda_leaderboard.ladder import Finding
from gda_leaderboard.words import shown

REFUSED = "refused"


def as_json(findings: Sequence[Finding]) -> dict[str, Any]:
    """One document: an object an entry."""
    return {
        "refused": sum(1 for found in findings if found.rung is None),
        "entries": [
            {
                "entry": found.name,
                "rung": found.rung,
                "why": found.why or None,
                "remarks": list(found.remarks),
                "rerun": list(found.rerun),
            }
            for found in findings
        ],
    }


def as_markdown(findings: Sequence[Finding]) -> str:
    """A table for a comment on a pull request; nothing from a submission is markup in it."""
    from gda_bench.report.markdown import grid

    refused = sum(1 for found in findings if found.rung is None)
    lead = f"{refused} of {len(findings)} refused" if refused else f"{len(findings)} entries, none refused"
    rows = tuple((shown(found.name), found.rung or REFUSED, found.why, "; ".join(found.remarks)) for found in findings)
    bold = frozenset(i for i, found in enumerate(findings) if found.rung is None)
    head = ("entry", "rung", "refused because, or not higher because", "remarks")
    return f"{lead}.\n\n{grid('llll', head, rows, bold)}\n"


def as_text(findings: Sequence[Finding]) -> str:
    """Lines for a terminal: a line an entry, its reason and remarks below."""
    lines = []
    for found in findings:
        lines.append(f"{found.rung or REFUSED:<11} {shown(found.name)}")
        lines += [f"{'':<12}{text}" for text in (found.why, *(f"remark: {r}" for r in found.remarks)) if text]
    return "\n".join(lines)
