"""Every entry of a folder of results through the ladder, and what the change that brings them may do."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from gda_bench.errors import UserError
from gda_leaderboard.entry import REPORT, VERIFIED, entry_folders, read_verified
from gda_leaderboard.history import History, since, strangers
from gda_leaderboard.ladder import Finding, Rerun, climb, conclude, verified
from gda_leaderboard.progress import Step, unseen
from gda_leaderboard.suite import find_suite
from gda_leaderboard.words import quoted


def verify(
    results: Path,
    folders: Sequence[Path] = (),
    *,
    suites: Path | None = None,
    against: str | None = None,
    rerun: Rerun | None = None,
    step: Step = unseen,
) -> list[Finding]:
    """The findings of the given entries, or of all. suites: a folder of suite files in place of those that ship.

    against: a git reference; what its merge base with HEAD holds may not be changed, and entries that it does not hold
    are new. Raises UserError where there is nothing to verify.
    """
    if not results.is_dir():
        raise UserError(f"{results}: no folder of results; give it with --results")
    history = since(against, results, suites or Path(__file__).parent / "suites") if against else None
    known = {_name(folder): folder for folder in entry_folders(results)}
    asked = list(dict.fromkeys(_name(folder.resolve()) for folder in folders)) or list(known)
    first = {}
    for count, (name, folder) in enumerate(known.items(), start=1):
        first[name] = _first(folder, suites, history)
        step("deriving numbers again", count, len(known))
    settled = _settled(known, history)
    findings = {}
    for name in asked:
        # what was accepted before is nobody's copy
        beside = [] if name in settled else [f.measured for other, f in first.items() if f.measured and other != name]
        if name in known:
            new = history is not None and name not in history.earlier
            finding = conclude(known[name], first[name], beside, rerun, new=new)
            findings[name] = _stated(finding, history, rerun)
        else:
            findings[name] = Finding(name, None, f"has no {REPORT}")
    return [*findings.values(), *_faults(results, history, known.keys())]


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


def _settled(known: Mapping[str, Path], history: History | None) -> frozenset[str]:
    """Entries that were accepted before: of the merge base, or with a verdict that the checks wrote."""
    if history:
        return history.earlier
    return frozenset(name for name, folder in known.items() if read_verified(folder))


def _first(folder: Path, suites: Path | None, history: History | None) -> Finding:
    """What an entry's own files say."""
    name = _name(folder)
    if history and name in history.faults:
        return Finding(name, None, history.faults[name])
    try:
        return climb(folder, find_suite(folder.parent.name, suites))
    except UserError as error:
        return Finding(name, None, str(error))


def _stated(finding: Finding, history: History | None, rerun: Rerun | None) -> Finding:
    """A change may not itself call an earlier entry reproduced."""
    if history and finding.name in history.restated and finding.rung == "reproduced" and not rerun:
        why = f"{VERIFIED} of an earlier entry was changed: only `--rerun` may call it reproduced"
        return replace(finding, rung=None, why=why)
    return finding


def _faults(results: Path, history: History | None, known: Collection[str]) -> list[Finding]:
    """What is wrong beside the entries: files that belong to none, entries and suites that are gone or changed."""
    lost = [Finding(path, None, f"{quoted(path)} is no part of an entry") for path in strangers(results)]
    if history is None:
        return lost
    lost += [Finding(name, None, why) for name, why in history.faults.items() if name not in known]
    added = set(known) - history.earlier
    if added and history.restated:
        others = sorted(history.restated)
        lost.append(Finding(others[0], None, f"{VERIFIED} was changed together with a new entry: add that alone"))
    return lost
