"""`report`: render a report again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gda_bench.errors import UserError, nearest

FORMATS = ("html", "md", "json")


def report(
    path: Annotated[Path, typer.Argument(metavar="REPORT.json")],
    format_: Annotated[str, typer.Option("--format", help="html, md or json.")] = "md",
) -> None:
    """Render a report on stdout; runs no model."""
    if format_ not in FORMATS:
        raise UserError(f"unknown format {format_!r}: {nearest(format_, FORMATS)}")
    from gda_bench.report.document import dumps, load

    document = load(path)
    if format_ == "json":
        text = dumps(document)
    elif format_ == "html":
        from gda_bench.report.html import to_html

        text = to_html(document)
    else:
        from gda_bench.report.markdown import to_markdown

        text = to_markdown(document)
    typer.echo(text, nl=False)
