"""`gda-bench leaderboard`: submissions and the site."""

from __future__ import annotations

import typer

from gda_leaderboard import submissions
from gda_leaderboard.site import command as site

app = typer.Typer(no_args_is_help=True, help="Submissions to the leaderboard, and its site.")
app.command(epilog="Example: gda-bench leaderboard add gda-bench-reports/.../report.json")(submissions.add)
app.command(epilog="Example: gda-bench leaderboard verify --against origin/main")(submissions.verify)
app.command(epilog="Example: gda-bench leaderboard build --out site")(site.build)
app.command(epilog="Example: gda-bench leaderboard serve --port 8000")(site.serve)
