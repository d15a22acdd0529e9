"""`leaderboard build` and `leaderboard serve`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Results = Annotated[Path, typer.Option("--results", metavar="DIR", help="Accepted reports, by suite.")]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the site goes.")]
Keep = Annotated[
    Path | None,
    typer.Option("--keep", metavar="DIR", help="Where charts stay for the next build; default: the user's cache."),
]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes that draw; default: one a core.")]

RESULTS, OUT = Path("leaderboard/results"), Path("site")


def build(
    results: Results = RESULTS,
    out: Out = OUT,
    base_url: Annotated[str, typer.Option(metavar="URL", help="Where the site will stand, for its own address.")] = "",
    keep: Keep = None,
    workers: Workers = None,
) -> None:
    """Build the static site from the accepted reports; runs no model."""
    count = built(results, out, base_url=base_url, keep=keep, workers=workers)
    typer.echo(f"{count} {'entry' if count == 1 else 'entries'}: {out / 'index.html'}")


def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")] = 8000,
    results: Results = RESULTS,
    out: Out = OUT,
    keep: Keep = None,
    workers: Workers = None,
) -> None:
    """Build the site and show it on this machine, and to this machine only."""
    from gda_leaderboard.site.serve import serve as serving

    built(results, out, keep=keep, workers=workers)
    with serving(out, port) as server:
        typer.echo(f"http://localhost:{server.server_address[1]}/")
        server.serve_forever()


def built(results: Path, out: Path, *, base_url: str = "", keep: Path | None = None, workers: int | None = None) -> int:
    """Judge the options and build, told to the person who waits; how many entries the site shows."""
    import platformdirs

    from gda_bench.errors import UserError
    from gda_bench.report import words
    from gda_leaderboard.progress import watched

    if not results.is_dir():
        raise UserError(f"{results}: no such folder of results; give one as --results")
    if base_url and not words.is_link(base_url):
        raise UserError(f"--base-url {base_url!r}: give an https address")
    try:
        from gda_leaderboard.site.build import build as write
    except ModuleNotFoundError as error:
        raise UserError(f"the site needs {error.name}, which is not installed: pip install 'gda-bench[site]'") from None
    kept = keep or Path(platformdirs.user_cache_dir("gda-bench")) / "site"
    with watched() as step:
        return write(results, out, base_url=base_url, keep=kept, workers=workers, step=step)
