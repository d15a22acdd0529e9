"""The Typer application, and what every command shares: exit codes and one-line errors.

Exit codes: 0 done; 1 ran, but some cells failed; 2 bad input; 130 interrupted, nothing lost.
"""

from __future__ import annotations

import errno
import os
import pkgutil
import signal
import sys
from typing import NoReturn

import typer

from gda_bench.cli import advise, analyze, check, compare, data, doctor, listing, new, render, run
from gda_bench.errors import UserError

app = typer.Typer(
    name="gda-bench",
    help="What is one synthetic image worth in real images? Start with: gda-bench run --task digits",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(epilog="Example: gda-bench run --task digits --generator edm --profile quick")(run.run)
app.command(epilog="Example: gda-bench plan --task medmnist/breastmnist --seeds 5")(run.plan)
app.command("list", epilog="Example: gda-bench list generators")(listing.list_)
app.command(epilog="Example: gda-bench show generators edm")(listing.show)
app.command(epilog="Example: gda-bench analyze cells.csv --out analysis")(analyze.analyze)
app.command(epilog="Example: gda-bench compare edm/report.json cvae/report.json")(compare.compare)
app.command(epilog="Example: gda-bench report gda-bench-reports/.../report.json --format md")(render.report)
app.command(epilog="Example: gda-bench advise report.json --cost-real 1 --cost-synthetic 0.01 --target 0.95")(
    advise.advise
)
app.command(epilog="Example: gda-bench check ./blur.py:Blur")(check.check)
app.command(epilog="Example: gda-bench new generator blur")(new.new)
app.command(epilog="Example: gda-bench doctor --json")(doctor.doctor)
app.add_typer(data.app, name="data")
# by name: the engine does not import the leaderboard
app.add_typer(pkgutil.resolve_name("gda_leaderboard.cli:app"), name="leaderboard")


REFUSED_PATHS = frozenset({
    errno.EACCES, errno.EDQUOT, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENOSPC, errno.ENOTDIR, errno.EROFS,
})  # fmt: skip
"""What the file system says to a path of the user's, wherever it is first touched. A file that is missing is not among
them: whoever reads one says what it was for."""


def main() -> None:
    """The console script."""
    # as a container's first process, Python would otherwise ignore the polite request to stop
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        app()
    except UserError as error:
        print(f"gda-bench: {error}", file=sys.stderr)
        sys.exit(getattr(error, "exit_code", 2))
    except BrokenPipeError:
        # the reader of our output has gone; Python must not complain again when it flushes at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        if error.errno not in REFUSED_PATHS or error.filename is None:
            raise
        print(f"gda-bench: {UserError(f'{error.filename}: {error.strerror}')}", file=sys.stderr)  # made printable
        sys.exit(2)


def _interrupt(signum: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt
