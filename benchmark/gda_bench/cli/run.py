"""`run` and `plan`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from gda_bench.cli import options as o
from gda_bench.cli.console import err, out, print_json, seconds
from gda_bench.errors import UserError

if TYPE_CHECKING:
    from gda_bench.report.model import Report
    from gda_bench.study.request import Request
    from gda_bench.study.session import Session


@o.takes_request
def run(request: Request, json: bool) -> None:
    """Run what the store lacks, then write one report per task x generator x classifier.

    Each lies in a folder of its own: report.json, .html and .md, cells.csv, figures, and predictions.npz, what every
    classifier said of every test image. Interrupted or failed, the same command goes on where it stopped.
    """
    with _open(request) as session:
        reports = _run(session)
        lacking = session.progress.count("failed", "blocked", "missing")
    if json:
        print_json([{"report": str(path / "report.json"), **_summary(report)} for report, path in reports])
    else:
        _print(reports)
    if lacking:
        raise typer.Exit(1)


@o.takes_request
def plan(request: Request, json: bool) -> None:
    """Say what `run` would do with the same options: what is new, what is reused, and the time. Runs nothing."""
    with _open(request) as session:
        cells, kept = session.cells(), session.store
        lacking = [cell for cell in cells if session.request.policy == "always" or kept.find(cell.key) is None]
        forecast = session.forecast()
        known, unknown = forecast.total(lacking)
        wall = forecast.makespan(lacking, session.workers)
        document = {
            "studies": [study.folder_name for study in session.studies],
            "device": session.device,
            "n_real": {study.task.name: study.n_real for study in session.studies},
            "cells": len(cells),
            "reused": len(cells) - len(lacking),
            "to_run": dict(Counter(cell.stage for cell in lacking)),
            "workers": session.workers,
            "seconds": round(wall, 1) if unknown < len(lacking) or not lacking else None,
            "compute_seconds": round(known, 1) if unknown < len(lacking) or not lacking else None,
            "cells_without_forecast": unknown,
        }
    if json:
        print_json(document)
        return
    for study in session.studies:
        profile = study.profile
        seeds = f"{profile.seeds} to {profile.most_seeds} seeds" if profile.adaptive else f"{profile.seeds} seeds"
        out.print(f"{study.folder_name}: n = {study.n_real}, {seeds}, profile {profile.name}")
    stages = ", ".join(f"{count} {stage}" for stage, count in Counter(c.stage for c in lacking).items()) or "nothing"
    out.print(f"to run: {stages}; reused: {len(cells) - len(lacking)} of {len(cells)} cells; device: {session.device}")
    if unknown == len(lacking) > 0:
        out.print("time: not known, since nothing like these cells has run here yet")
    elif unknown:
        out.print(f"time: {seconds(wall)} for what was timed before, and {unknown} cells of a kind that never ran here")
    else:
        from gda_bench.report.words import plural

        workers = plural(session.workers, "worker")
        out.print(f"time: about {seconds(wall)} on {workers}; {seconds(known)} of computing")


def _open(request: Request) -> Session:
    """The request's session; loading torch and the data takes a moment, which is said."""
    with err.status("loading"):
        from gda_bench.study.session import open_session

        return open_session(request)


def _run(session: Session) -> list[tuple[Report, Path]]:
    from gda_bench.cli.progress import ProgressBar

    try:
        with ProgressBar(err) as bar:
            return session.run(bar)
    except UserError as error:
        # cells that had run are kept, and the exit code says that there were some
        if session.progress.count("computed"):
            error.exit_code = 1  # type: ignore[attr-defined]
        raise
    except KeyboardInterrupt:
        kept, store = session.progress.count("computed", "reused"), session.store.root
        err.print(
            f"interrupted; nothing is lost: {kept} of {len(session.cells())} cells are in {store}, "
            "and the same command goes on from there",
            soft_wrap=True,
            markup=False,
        )
        raise typer.Exit(130) from None


def _print(reports: list[tuple[Report, Path]]) -> None:
    from gda_bench.report.terminal import summary

    for report, path in reports:
        out.print(summary(report))
        out.print(str(path), soft_wrap=True, style="bold", markup=False)


def _summary(report: Report) -> dict[str, Any]:
    found = report.equivalence
    return {
        "task": report.task.name,
        "generator": report.generator.name,
        "classifier": report.classifier.name,
        "verdict": found.verdict if found else None,
        "sentence": found.sentence if found else None,
        "exchange_rate": found.exchange_rate.model_dump() if found else None,
        "failed_cells": sum(1 for cell in report.cells if cell.status != "ok"),
    }
