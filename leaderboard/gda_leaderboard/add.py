"""A report becomes an entry: judged as the checks of the pull request will judge it, and copied to its place."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from gda_bench.errors import UserError
from gda_leaderboard.copies import Measured
from gda_leaderboard.entry import MOST_PREDICTIONS, MOST_REPORT, PREDICTIONS, REPORT, entry_folders, read_report
from gda_leaderboard.files import read_bounded
from gda_leaderboard.ladder import Finding, climb, conclude, folder_name
from gda_leaderboard.progress import Step, unseen
from gda_leaderboard.suite import find_suite
from gda_leaderboard.wellformed import check_document


def add(
    report: Path, results: Path, suite_name: str, suites: Path | None = None, step: Step = unseen
) -> tuple[Path, Finding]:
    """Put report.json and the predictions.npz beside it into <results>/<suite>/<name>; the folder and what the checks
    said. Raises UserError, and leaves nothing, where they refuse it."""
    suite = find_suite(suite_name, suites)
    document, _ = read_report(report)
    check_document(document)
    place = results / suite.name / folder_name(document)
    if place.exists():
        raise UserError(f"{place} is there already: an entry is added once and never changed")
    if not (report.parent / PREDICTIONS).exists():
        raise UserError(f"there is no {PREDICTIONS} beside {report}: run the same command again, which writes it")
    others = list(_standing(results, suites, step))
    results.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".add-", dir=results) as scratch:
        folder = Path(scratch) / place.name
        folder.mkdir()
        (folder / REPORT).write_bytes(read_bounded(report, MOST_REPORT))
        (folder / PREDICTIONS).write_bytes(read_bounded(report.parent / PREDICTIONS, MOST_PREDICTIONS))
        found = conclude(folder, climb(folder, suite), others, new=True)
        if found.rung is None:
            raise UserError(f"{report}: {found.why}")
        place.parent.mkdir(exist_ok=True)
        shutil.move(folder, place)
    return place, found


def _standing(results: Path, suites: Path | None, step: Step) -> Iterator[Measured]:
    folders = entry_folders(results)
    for count, folder in enumerate(folders, start=1):
        if found := _measured(folder, suites):
            yield found
        step("reading the entries that stand", count, len(folders))


def _measured(folder: Path, suites: Path | None) -> Measured | None:
    """An entry that stands; one that the checks refuse is nobody's original."""
    try:
        return climb(folder, find_suite(folder.parent.name, suites)).measured
    except UserError:
        return None
