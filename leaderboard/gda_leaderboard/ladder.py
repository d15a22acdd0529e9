"""The ladder: how far the numbers of one entry can be checked, and what stops it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gda_bench.errors import UserError
from gda_bench.evidence import recompute
from gda_bench.report import Report
from gda_bench.report.predictions import Predictions, read
from gda_leaderboard import complete, wellformed
from gda_leaderboard.copies import Measured, check_copies
from gda_leaderboard.entry import (
    MOST_PREDICTIONS,
    PREDICTIONS,
    REPORT,
    RUNGS,
    VERIFIED,
    Rung,
    Verified,
    read_report,
    read_verified,
    sha256,
)
from gda_leaderboard.files import read_bounded
from gda_leaderboard.suite import Suite
from gda_leaderboard.words import more, shown

Rerun = Callable[[Report], tuple[list[str], str | None]]
"""Runs cells of a report again: their keys, and None or why the entry is not reproduced."""


@dataclass(frozen=True, slots=True)
class Finding:
    """name: <suite>/<folder>. rung None: refused. why: what refuses it, or what keeps it from the next rung; empty on
    the last. digests: of the two files that were checked."""

    name: str
    rung: Rung | None
    why: str = ""
    remarks: tuple[str, ...] = ()
    digests: tuple[str, str | None] = ("", None)
    rerun: tuple[str, ...] = ()
    measured: Measured | None = field(default=None, repr=False, compare=False)


def climb(folder: Path, suite: Suite) -> Finding:
    """What the files of one entry say by themselves."""
    try:
        return _climb(folder, suite)
    except UserError as error:
        return Finding(f"{suite.name}/{folder.name}", None, str(error))


def conclude(
    folder: Path, found: Finding, others: Sequence[Measured], rerun: Rerun | None = None, *, new: bool = False
) -> Finding:
    """What follows beside other entries and from cells that are run again.

    others: entries that this one may not be a copy of. new: whether it comes with this change, so that nobody can have
    run its cells again.
    """
    if found.rung is None:
        return found
    try:
        if found.measured:
            check_copies(found.measured, others)
        if rerun and found.measured and found.rung == "recomputed":
            keys, why = rerun(found.measured.report)
            return replace(found, rung="recomputed" if why else "reproduced", why=why or "", rerun=tuple(keys))
        return _standing(folder, found, new=new)
    except UserError as error:
        return Finding(found.name, None, str(error))


def folder_name(report: Report) -> str:
    """<task>--<generator>--<classifier>--<key8>"""
    names = (report.task.name, report.generator.name, report.classifier.name)
    return "--".join([*(name.replace("/", "-") for name in names), report.study[:8]])


def _climb(folder: Path, suite: Suite) -> Finding:
    wellformed.check_folder(folder)
    report, digest = read_report(folder / REPORT)
    wellformed.check_document(report)
    complete.check_suite(report, suite)
    complete.check_grid(report)
    if folder.name != folder_name(report):
        raise UserError(f"the folder of this report is {folder_name(report)}, not {shown(folder.name)}")
    name, remarks = f"{suite.name}/{folder.name}", tuple(complete.remarks(report))
    short = next(complete.shortfalls(report), None)
    if not (folder / PREDICTIONS).exists():
        rung: Rung = "well-formed" if short else "complete"
        return Finding(
            name, rung, short or f"there is no {PREDICTIONS} to derive its scores from", remarks, (digest, None)
        )
    measured = Measured(name, report, _predictions(folder / PREDICTIONS, report, suite))
    digests = (digest, sha256(folder / PREDICTIONS))
    if differences := recompute(report, measured.predictions):
        raise UserError(f"{differences[0]}{more(len(differences) - 1)}")
    if short:
        return Finding(name, "well-formed", short, remarks, digests, measured=measured)
    return Finding(name, "recomputed", "no cell of it was run again", remarks, digests, measured=measured)


def _predictions(path: Path, report: Report, suite: Suite) -> Predictions:
    read_bounded(path, MOST_PREDICTIONS)
    results = sum(1 for cell in report.cells if cell.status == "ok")
    try:
        found = read(path, (results, sum(report.task.test_counts)))
    except UserError as error:
        raise UserError(str(error).replace(f"{path}: ", f"{path.name}: ")) from None
    task = suite.tasks[report.task.name]
    if _digest(found.y) != task.labels_digest:
        raise UserError(f"{path.name}: its true labels are not those of {report.task.name}'s test split")
    # who is whose patient decides how wide every interval is
    if (None if found.group is None else _digest(found.group)) != task.groups_digest:
        raise UserError(f"{path.name}: its patients are not those of {report.task.name}'s test split")
    return found


def _digest(numbers: NDArray[np.int64]) -> str:
    return hashlib.sha256(numbers.astype("<i8").tobytes()).hexdigest()


def _standing(folder: Path, found: Finding, *, new: bool) -> Finding:
    """What verified.json says already: a re-run counts for these very files, unless they are new."""
    if not (folder / VERIFIED).exists():
        return found
    stands = read_verified(folder)
    if stands is None:
        raise UserError(f"{VERIFIED}: is not what the checks write; leave it out")
    if (stands.report, stands.predictions) != found.digests:
        if new:
            raise UserError(f"{VERIFIED}: speaks of other files; leave it out")
        return found
    if new and (stands.rung == "reproduced" or stands.rerun):
        raise UserError(f"{VERIFIED}: nobody can have run the cells of a new entry again; leave it out")
    derived = found.rung or "well-formed"
    if stands.rung == "reproduced" and derived == "recomputed":
        return replace(found, rung="reproduced", why="", rerun=tuple(stands.rerun))
    if RUNGS.index(stands.rung) > RUNGS.index(derived):
        raise UserError(f"{VERIFIED}: claims {stands.rung}, the checks reach {derived}: {found.why}")
    if new and tuple(stands.remarks) != found.remarks:
        raise UserError(f"{VERIFIED}: its remarks are not those of the checks; leave it out")
    return found


def verified(found: Finding, version: str) -> Verified:
    """What verified.json shall say of an entry that was not refused."""
    assert found.rung
    report, predictions = found.digests
    return Verified(
        rung=found.rung,
        report=report,
        predictions=predictions,
        gda_bench=version,
        rerun=list(found.rerun),
        remarks=list(found.remarks),
    )
