"""`compare`: two reports against each other."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gda_bench.cli import options as o
from gda_bench.cli.console import out, print_json

if TYPE_CHECKING:
    from gda_bench.report.predictions import Predictions


def compare(
    a: Annotated[Path, typer.Argument(metavar="A.json")],
    b: Annotated[Path, typer.Argument(metavar="B.json")],
    json: o.Json = False,
) -> None:
    """Say by how much the second report's mix does better than the first's; runs no model."""
    from gda_bench.report.document import load
    from gda_bench.study.compare import compare as compared

    found = compared(load(a), load(b), _predictions(a, b))
    if json:
        document = asdict(found)
        document["difference"] = found.difference.model_dump()
        document["rates"] = [rate.model_dump() for rate in found.rates]
        print_json(document)
        return
    out.print(found.sentence, markup=False)
    for note in found.notes:
        out.print(f"note: {note}", markup=False, style="dim")


def _predictions(a: Path, b: Path) -> tuple[Predictions, Predictions] | None:
    """What lies beside both reports."""
    from gda_bench.report.predictions import FILE, read

    if all((path.parent / FILE).exists() for path in (a, b)):
        return read(a.parent / FILE), read(b.parent / FILE)
    return None
