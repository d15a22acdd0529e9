"""labels.csv of a folder of images: `file,label` and, if wanted, `patient`, `split` and `slice`; judged row by row."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gda_bench.api import UserError, nearest
from gda_tasks.problems import Problems

REQUIRED = ("file", "label")
OPTIONAL = ("patient", "split", "slice")
SPLITS = ("train", "test")


@dataclass(frozen=True, slots=True)
class Row:
    """file: as written, relative to the folder. patient, split, slice: None where the column is absent; slice also
    where its cell is empty."""

    line: int
    file: str
    label: str
    patient: str | None = None
    split: str | None = None
    slice: int | None = None


def read_rows(table: Path, root: Path) -> list[Row]:
    """The rows of a table whose files lie under root. Raises UserError that names every row that is wrong.

    UTF-8 with or without a byte-order mark, separated by commas; further columns are ignored.
    """
    problems, rows, seen = Problems(str(table)), [], dict[tuple[str, int | None], Row]()
    for line, cells in _lines(table, problems):
        try:
            row = _row(line, cells)
            path = _inside(root, row.file)
        except ValueError as problem:
            problems.add(f"line {line}: {problem}")
            continue
        if not os.path.isfile(path):  # noqa: PTH113 - false, not an error, for a name that no file can have
            problems.add(f"line {line}: there is no file {row.file} in {root}")
        elif earlier := seen.get((str(path), row.slice)):
            labels = "the same label" if earlier.label == row.label else f"{earlier.label!r}, here {row.label!r}"
            problems.add(f"line {line}: {row.file} stands in line {earlier.line} already, with {labels}")
        else:
            seen[str(path), row.slice] = row
            rows.append(row)
    problems.check()
    if not rows:
        raise UserError(f"{table}: names no files")
    return rows


def _lines(table: Path, problems: Problems) -> Iterator[tuple[int, Mapping[str, str]]]:
    """(line number, cells by column) of each row that has as many cells as there are columns."""
    try:
        text = table.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{table}: cannot be read as UTF-8 text: {error}") from None
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        columns = [name.strip().lower() for name in next(reader, [])]
        _check_columns(columns, table)
        for cells in reader:
            if len(cells) == len(columns):
                yield reader.line_num, {name: cell.strip() for name, cell in zip(columns, cells, strict=True)}
            elif cells:
                problems.add(f"line {reader.line_num}: {len(cells)} cells for {len(columns)} columns")
    except csv.Error as error:
        raise UserError(f"{table}: line {reader.line_num}: not CSV: {error}") from None


def _check_columns(columns: list[str], table: Path) -> None:
    if len(columns) == 1:
        for mark, name in ((";", "semicolons"), ("\t", "tabs")):
            if mark in columns[0]:
                raise UserError(f"{table}: is separated by {name}: save it with commas")
    for name in REQUIRED:
        if name not in columns:
            held = ", ".join(columns) or "nothing"
            raise UserError(f"{table}: has no column {name!r}; its first line holds: {held}")
    for name in (*REQUIRED, *OPTIONAL):
        if columns.count(name) > 1:
            raise UserError(f"{table}: has two columns {name!r}")


def _row(line: int, cells: Mapping[str, str]) -> Row:
    for name in (*REQUIRED, "patient", "split"):
        if cells.get(name) == "":
            raise ValueError(f"no {name}" + (f" for {cells['file']}" if name != "file" else ""))
    split, place = cells.get("split"), cells.get("slice") or None
    if split is not None and split not in SPLITS:
        raise ValueError(f"split {split!r}: {nearest(split, SPLITS)}")
    if place is not None and not place.isdecimal():
        raise ValueError(f"slice {place!r} is no number from 0 on")
    return Row(line, cells["file"], cells["label"], cells.get("patient"), split, int(place) if place else None)


def _inside(root: Path, file: str) -> Path:
    """Where a file lies; by its name alone, so that a link to an archive elsewhere is followed."""
    path = Path(os.path.normpath(root / file))
    if not path.is_relative_to(os.path.normpath(root)):
        raise ValueError(f"{file} lies outside of {root}")
    return path
