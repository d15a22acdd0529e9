"""Append-only: what a change may do to results that others rely on, judged against the merge base."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gda_bench.errors import UserError
from gda_leaderboard.entry import PREDICTIONS, REPORT, VERIFIED
from gda_leaderboard.words import quoted

FILES = (REPORT, PREDICTIONS, VERIFIED)


@dataclass(frozen=True, slots=True)
class History:
    """earlier: <suite>/<folder> of the entries of the merge base. faults: what the change may not do, by entry or by
    suite file. restated: earlier entries whose verified.json the change touches."""

    earlier: frozenset[str]
    faults: dict[str, str]
    restated: frozenset[str]


def since(ref: str, results: Path, suites: Path) -> History:
    """The change from the merge base of `ref` and HEAD to the working tree. Raises UserError where git knows no such
    base."""
    if ref.startswith("-"):
        raise UserError(f"--against {quoted(ref)} is no git reference")
    base = _git(results, "merge-base", ref, "HEAD").strip()
    listed = _git(results, "ls-tree", "-r", "-z", "--name-only", base, ".").split("\0")
    earlier = frozenset(str(p.parent) for p in map(PurePosixPath, listed) if len(p.parts) == 3 and p.name == REPORT)
    changes = [(status, path) for status, path in _changes(results, base) if str(path.parent) in earlier]
    faults = {
        str(path.parent): f"{path.name} of an earlier entry was {_done(status)}: what was accepted stays as it is"
        for status, path in changes
        if status != "A" and path.name in (REPORT, PREDICTIONS)
    }
    opened = {entry.partition("/")[0] for entry in earlier}
    faults |= {
        f"suite {path.stem}": f"{path.name} was {_done(status)}: a suite with entries is frozen, open another"
        for status, path in _changes(suites, base)
        if status != "A" and path.suffix == ".yaml" and path.stem in opened
    }
    return History(earlier, faults, frozenset(str(path.parent) for _, path in changes if path.name == VERIFIED))


def strangers(results: Path) -> Iterator[str]:
    """Paths under the results that are no part of an entry."""
    for path in sorted(results.rglob("*")):
        parts = path.relative_to(results).parts
        ours = path.is_dir() or parts == ("README.md",) or (len(parts) == 3 and parts[-1] in FILES)
        if path.is_symlink() or not ours:
            yield "/".join(parts)


def _done(status: str) -> str:
    return "removed" if status == "D" else "changed"


def _changes(folder: Path, base: str) -> Iterator[tuple[str, PurePosixPath]]:
    """(A, M, D or T, path below the folder) of tracked files; what is not tracked is new by itself."""
    if folder.is_dir():
        arguments = ("diff", "--name-status", "--no-renames", "-z", "--relative", base, "--", ".")
        found = _git(folder, *arguments).split("\0")
        for status, path in zip(found[::2], found[1::2], strict=False):
            yield status[:1], PurePosixPath(path)


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    except FileNotFoundError:
        raise UserError("--against needs git, which is not installed") from None
    except subprocess.SubprocessError as error:
        told = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        raise UserError(f"git {arguments[0]} failed in {folder}: {quoted(told[-1] if told else 'no word')}") from None
    return done.stdout
