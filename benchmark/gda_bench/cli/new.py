"""`new`: a working plugin to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gda_bench.cli.console import out


def new(
    what: Annotated[str, typer.Argument(help="generator, classifier or task.")],
    name: Annotated[str, typer.Argument(help="What it shall be called.")],
    folder: Annotated[Path, typer.Option("--out", help="Where to write it.")] = Path(),
) -> None:
    """Write a plugin that works, to be changed into yours."""
    from gda_bench import scaffold

    path, cls = scaffold.write(what, name, folder)
    shown = path if path.is_absolute() else f"./{path}"
    out.print(f"{path} is written. Now, and after every change: gda-bench check {shown}:{cls}", soft_wrap=True)
