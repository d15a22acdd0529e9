"""A table of labels with its meaning: classes, whose image each is, and which are for testing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gda_bench.api import I64, DataMissingError, UserError
from gda_tasks import dicom
from gda_tasks.group_split import pick_test
from gda_tasks.label_table import SPLITS, Row, read_rows
from gda_tasks.medical_file import format_of
from gda_tasks.problems import Problems, UnusableError

Patients = Literal["column", "header", "unknown"]


@dataclass(frozen=True, slots=True, eq=False)
class LabelledRows:
    """classes: in label order. y: int64 (N,), of each row. group: int64 (N,), its patient, numbered as they come; the
    file where patients are unknown and a file has several rows or pictures. test: bool (N,). patients: where they are
    from. our_split: the table has none."""

    rows: list[Row]
    classes: tuple[str, ...]
    y: I64
    group: I64
    test: NDArray[np.bool_]
    patients: Patients
    our_split: bool


def labelled(table: Path, root: Path, test_fraction: float) -> LabelledRows:
    """The rows of a table, judged. Raises UserError that names all that is wrong, DataMissingError without a table.

    Kept for the process, as long as the table is not written anew.
    """
    try:
        state = table.stat()
    except FileNotFoundError:
        raise DataMissingError(f"{table} is not there: write one with the columns file,label") from None
    return _labelled(table, root, test_fraction, (state.st_mtime_ns, state.st_size))


@lru_cache(maxsize=4)
def _labelled(table: Path, root: Path, test_fraction: float, state: tuple[int, int]) -> LabelledRows:
    rows = read_rows(table, root)
    problems = Problems(str(table))
    patients, owners = _owners(rows, root)
    classes = _in_order({row.label for row in rows})
    y = np.array([classes.index(row.label) for row in rows], np.int64)
    number: dict[str, int] = {}
    group = np.array([number.setdefault(owner, len(number)) for owner in owners], np.int64)
    if len(classes) == 1:
        problems.add(f"all {len(rows):,} rows have the label {classes[0]!r}: two at least are needed")
    whose = "patient" if patients != "unknown" else "file"
    for c, name in enumerate(classes):
        if len(np.unique(group[y == c])) == 1:
            problems.add(f"class {name!r} is of one {whose} only, who cannot be in both splits")
    our_split = rows[0].split is None
    if our_split:
        problems.check()
        try:
            test = pick_test(y, group, test_fraction)
        except ValueError as error:
            raise UserError(f"{table}: {error}: name the splits in a column split, or add patients") from None
    else:
        test = np.array([row.split == "test" for row in rows])
    found = LabelledRows(rows, classes, y, group, test, patients, our_split)
    for problem in _split_problems(found):
        problems.add(problem)
    problems.check()
    return found


def _owners(rows: Sequence[Row], root: Path) -> tuple[Patients, list[str]]:
    """Whose image each row is: the patient, or the file where nobody says."""
    if rows[0].patient is not None:
        return "column", [str(row.patient) for row in rows]
    files = {row.file: root / row.file for row in rows}
    if all(_is_dicom(path) for path in files.values()):
        said = {file: dicom.patient_id(path) for file, path in files.items()}
        # one and the same for all is what is left where names were taken out
        if None not in said.values() and len(set(said.values())) > 1:
            return "header", [str(said[row.file]) for row in rows]
    return "unknown", [row.file for row in rows]


def _is_dicom(path: Path) -> bool:
    try:
        return format_of(path) == "DICOM"
    except UnusableError:  # of no format that is read, which reading will say
        return False


def _split_problems(found: LabelledRows) -> Iterator[str]:
    group, test = found.group, found.test
    for number in np.intersect1d(group[test], group[~test]):
        here, there = (found.rows[np.flatnonzero((group == number) & part)[0]] for part in (~test, test))
        # what a header calls its patient is never shown
        who = {"column": f"patient {here.patient}", "header": "one patient", "unknown": f"file {here.file}"}
        yield (
            f"{who[found.patients]} is in both splits: {here.file} in train (line {here.line}), "
            f"{there.file} in test (line {there.line})"
        )
    for name, part in zip(SPLITS, (~test, test), strict=True):
        for c in np.setdiff1d(np.arange(len(found.classes)), found.y[part]):
            yield f"class {found.classes[c]!r} has no image in {name}"


def _in_order(labels: set[str]) -> tuple[str, ...]:
    """By number where all are whole numbers, else by name."""
    numbers = all(label.lstrip("-").isdecimal() for label in labels)
    return tuple(sorted(labels, key=(lambda label: (int(label), label)) if numbers else None))
