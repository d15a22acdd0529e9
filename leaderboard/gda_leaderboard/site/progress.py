"""A build with its progress on stderr: what is being done and the time that is left, once it takes over two seconds."""

from __future__ import annotations

import time
from pathlib import Path

import platformdirs
from rich.console import Console

from gda_bench.errors import UserError
from gda_bench.report import words

PATIENCE = 2.0
"""Seconds."""


def built(results: Path, out: Path, *, base_url: str = "", keep: Path | None = None, workers: int | None = None) -> int:
    """build(), told to the person who waits."""
    if not results.is_dir():
        raise UserError(f"{results}: no such folder of results; give one as --results")
    if base_url and not words.is_link(base_url):
        raise UserError(f"--base-url {base_url!r}: give an https address")
    try:
        from gda_leaderboard.site.build import build
    except ModuleNotFoundError as error:
        raise UserError(f"the site needs {error.name}, which is not installed: pip install 'gda-bench[site]'") from None
    kept = keep or Path(platformdirs.user_cache_dir("gda-bench")) / "site"
    console = Console(stderr=True, highlight=False)
    with console.status("") as line:
        watch = _Watch()
        return build(
            results, out, base_url=base_url, keep=kept, workers=workers,
            step=lambda what, done, of: line.update(watch.said(what, done, of)),
        )  # fmt: skip


class _Watch:
    def __init__(self) -> None:
        self.what, self.since = "", time.monotonic()

    def said(self, what: str, done: int, of: int) -> str:
        """Nothing while it is quick."""
        now = time.monotonic()
        if what != self.what:
            self.what, self.since = what, now
        spent = now - self.since
        if spent < PATIENCE or done == 0:
            return "" if spent < PATIENCE else what
        return f"{what}: {done}/{of}, {words.seconds(spent / done * (of - done))} left"
