"""What every page shares: the style, the one script, and the policy that lets through nothing else."""

from __future__ import annotations

import hashlib
from importlib import resources
from typing import Final

from gda_bench.report import palette
from gda_bench.report.html import rules

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'"
)


def style() -> str:
    """The report's style and, where a site needs more than a report, ours."""
    return palette.css_variables(switch=True) + rules() + _ours("site.css")


def script() -> str:
    return _ours("site.js")


def stamped(name: str, content: str) -> str:
    """A file's name with a digest of its content, so that no browser shows a new page in an old style."""
    stem, _, ending = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(content.encode('utf-8')).hexdigest()[:8]}.{ending}"


def _ours(name: str) -> str:
    return resources.files("gda_leaderboard.site").joinpath(f"templates/{name}").read_text(encoding="utf-8")
