"""`leaderboard add` and `leaderboard verify`."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gda_bench.report import Report
    from gda_leaderboard.ladder import Rerun

RESULTS = Path("leaderboard/results")

Results = Annotated[Path, typer.Option(help="The folder of entries.")]
Suites = Annotated[Path | None, typer.Option(help="A folder of suite files, in place of those that ship.")]
Plugin = Annotated[list[str] | None, typer.Option(help="FILE.py:Class, the code of an entry's own generator.")]


def add(
    report: Annotated[Path, typer.Argument(metavar="REPORT.json")],
    results: Results = RESULTS,
    suite: Annotated[str, typer.Option(help="The board to stand on.")] = "v1",
    suites: Suites = None,
) -> None:
    """Judge a report as its pull request will be judged, and put it in its place."""
    from gda_leaderboard.add import add as added
    from gda_leaderboard.progress import watched

    with watched() as step:
        place, found = added(report, results, suite, suites, step)
    typer.echo(f"{found.rung}: {found.why}")
    for remark in found.remarks:
        typer.echo(f"remark: {remark}")
    typer.echo(f"{place}\nnext: git add {place} && git commit, and open a pull request with this folder alone")


def verify(  # noqa: PLR0917  (the command line is flat)
    folders: Annotated[list[Path] | None, typer.Argument(metavar="[FOLDER]...", help="Default: all entries.")] = None,
    results: Results = RESULTS,
    against: Annotated[
        str | None, typer.Option(help="A git reference: what its merge base holds may not be changed.")
    ] = None,
    rerun: Annotated[int, typer.Option(min=0, help="Run so many cells of each entry again, drawn at random.")] = 0,
    seed: Annotated[int | None, typer.Option(help="Of the draw. Default: a random one, which is shown.")] = None,
    plugin: Plugin = None,
    data_dir: Annotated[Path | None, typer.Option(help="Where data sets lie, for --rerun.")] = None,
    suites: Suites = None,
    write: Annotated[bool, typer.Option("--write", help="Store what was found as verified.json.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a table for a comment.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """How far each entry can be checked: well-formed, complete, recomputed, reproduced. Exit code 1: one is refused."""
    from gda_leaderboard import table
    from gda_leaderboard import verify as ladder
    from gda_leaderboard.progress import watched

    again = _rerun(rerun, secrets.randbelow(2**31) if seed is None else seed, plugin or [], data_dir) if rerun else None
    with watched() as step:
        findings = ladder.verify(results, folders or [], suites=suites, against=against, rerun=again, step=step)
    if write:
        ladder.write(results, findings)
    if json:
        from json import dumps

        typer.echo(dumps(table.as_json(findings), indent=1))
    else:
        typer.echo(table.as_markdown(findings) if markdown else table.as_text(findings))
    if any(found.rung is None for found in findings):
        raise typer.Exit(1)


def _rerun(count: int, seed: int, plugins: list[str], data_dir: Path | None) -> Rerun:
    """Runs cells again; says on stderr which, and what came out."""
    typer.echo(f"seed of the draw: {seed}", err=True)

    def run(report: Report) -> tuple[list[str], str | None]:
        import pkgutil

        from gda_bench.errors import UserError

        # by name: the leaderboard does not import the engine
        again = pkgutil.resolve_name("gda_bench.evidence.rerun:rerun")
        try:
            found = again(report, count, seed, plugins=plugins, data_dir=data_dir)
        except UserError as error:
            return [], str(error)
        for one in found:
            score = one.error if one.found is None else f"{one.found:.6g}"
            typer.echo(f"{one.name}: {one.claimed:.6g}, again {score} (band {one.band:.3g})", err=True)
        off = [one for one in found if not one.holds]
        if not off:
            return [one.key for one in found], None
        what = off[0].error or f"gave {off[0].found:.6g}, not {off[0].claimed:.6g}, beyond {off[0].band:.3g}"
        return [], f"{len(off)} of {len(found)} cells run again did not come out: {off[0].name} {what}"

    return run
