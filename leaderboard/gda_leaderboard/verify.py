"""Every entry of a folder of results through the ladder, and what the change that brings them may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from gda_bench.errors import UserError
from gda_leaderboard.copies import Measured
from gda_leaderboard.entry import REPORT, VERIFIED, entry_folders, read_verified
from gda_leaderboard.history import History, since, strangers
from gda_leaderboard.ladder import Finding, Rerun, judge, verified
from gda_leaderboard.suite import find_suite
from gda_leaderboard.words import quoted


def verify(
    results: Path,
    folders: Sequence[Path] = (),
    *,
    suites: Path | None = None,
    against: str | None = None,
    rerun: Rerun | None = None,
) -> list[Finding]:
    """The findings of the given entries, or of all. suites: a folder of suite files in place of those that ship.

    against: a git reference; what its merge base with HEAD holds may not be changed, and entries that it does not hold
    are new. Raises UserError where there is nothing to verify.
    """
    if not results.is_dir():
        raise UserError(f"{results}: no folder of results; give it with --results")
    history = since(against, results, suites or Path(__file__).parent / "suites") if against else None
    known = {folder.resolve(): folder for folder in entry_folders(results)}
    asked = [known.get(folder.resolve(), folder) for folder in folders] or list(known.values())
    settled = _settled(list(known.values()), history)
    measured: dict[str, Measured] = {}
    findings = {}
    # what stood there first is not the copy
    for folder in sorted(known.values(), key=lambda f: (_name(f) not in settled, _name(f))):
        others = [] if _name(folder) in settled else [m for name, m in measured.items() if name != _name(folder)]
        finding = _judged(folder, suites, others, history, rerun if folder in asked else None)
        if finding.measured:
            measured[_name(folder)] = finding.measured
        findings[_name(folder)] = finding
    outside = [Finding(_name(folder), None, f"has no {REPORT}") for folder in asked if _name(folder) not in findings]
    return [
        *(findings[_name(f)] for f in asked if _name(f) in findings),
        *outside,
        *_faults(results, history, findings),
    ]


def write(results: Path, findings: Sequence[Finding]) -> list[Path]:
    """Write verified.json beside every entry that was not refused; the files written."""
    written = []
    for finding in findings:
        if finding.rung:
            path = results / finding.name / VERIFIED
            path.write_text(
                verified(finding, version("gda-bench")).model_dump_json(indent=1) + "\n", encoding="utf-8", newline="\n"
            )
            written.append(path)
    return written


def _name(folder: Path) -> str:
    return f"{folder.parent.name}/{folder.name}"


def _settled(folders: Sequence[Path], history: History | None) -> set[str]:
    """Entries that were accepted before: of the merge base, or with a verdict that the checks wrote."""
    if history:
        return {_name(folder) for folder in folders if _name(folder) in history.earlier}
    return {_name(folder) for folder in folders if read_verified(folder)}


def _judged(
    folder: Path, suites: Path | None, others: Sequence[Measured], history: History | None, rerun: Rerun | None
) -> Finding:
    name = _name(folder)
    if history and name in history.faults:
        return Finding(name, None, history.faults[name])
    try:
        suite = find_suite(folder.parent.name, suites)
    except UserError as error:
        return Finding(name, None, str(error))
    new = history is not None and name not in history.earlier
    finding = judge(folder, suite, others, rerun, new=new)
    if history and name in history.restated and finding.rung == "reproduced" and not rerun:
        return replace(
            finding, rung=None, why=f"{VERIFIED} of an earlier entry was changed: only `--rerun` may call it reproduced"
        )
    return finding


def _faults(results: Path, history: History | None, findings: dict[str, Finding]) -> list[Finding]:
    """What is wrong beside the entries: files that belong to none, entries and suites that are gone or changed."""
    lost = [Finding(path, None, f"{quoted(path)} is no part of an entry") for path in strangers(results)]
    if history is None:
        return lost
    lost += [Finding(name, None, why) for name, why in history.faults.items() if name not in findings]
    added = findings.keys() - history.earlier
    if added and history.restated:
        others = sorted(history.restated)
        lost.append(Finding(others[0], None, f"{VERIFIED} was changed together with a new entry: add that alone"))
    return lost
