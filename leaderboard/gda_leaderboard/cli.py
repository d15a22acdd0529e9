"""`gda-bench leaderboard`: submissions and the site."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, help="Submissions to the leaderboard, and its site.")
