"""`analyze`: the estimators on any table of results."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gda_bench.cli import options as o
from gda_bench.cli.console import err, out, print_json


def analyze(  # noqa: PLR0917  (the command line is flat)
    path: Annotated[Path, typer.Argument(metavar="CELLS.csv", help="arm,n_real,n_synth,seed,<metric>...")],
    out_: Annotated[Path | None, typer.Option("--out", help="Also write the report's files into this folder.")] = None,
    metric: Annotated[str | None, typer.Option(help="Default: accuracy, or the only one.")] = None,
    n_real: Annotated[
        int | None, typer.Option(help="Base size of the headline. Default: that with most mixes.")
    ] = None,
    n_synth: Annotated[int | None, typer.Option(help="m of the headline. Default: m/n nearest to 4.")] = None,
    json: o.Json = False,
) -> None:
    """Value synthetic images by a table of results, ours or not; runs no model."""
    with err.status("estimating"):
        from gda_bench.report.terminal import summary
        from gda_bench.report.write import write
        from gda_bench.study.analyze import analyze as estimated
        from gda_bench.study.analyze import as_report

        analysis = estimated(path, metric=metric, n_real=n_real, n_synth=n_synth)
        report = as_report(analysis, path.name)
        if out_:
            write(report, out_)
    if json:
        print_json(analysis.model_dump(mode="json", by_alias=True))
        return
    out.print(summary(report))
    for warning in analysis.warnings:
        err.print(f"note: {warning}", soft_wrap=True, markup=False)
    if out_:
        out.print(str(out_), soft_wrap=True, style="bold", markup=False)
