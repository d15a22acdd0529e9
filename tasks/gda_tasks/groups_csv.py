"""`groups.csv`: which patient, writer or place each picture of a folder is of."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gda_bench.api import I64, UserError, nearest
from gda_tasks.image_file import MOST_NAMED

NAME = "groups.csv"
COLUMNS = ("file", "group")


def read(root: Path, paths: Sequence[Path]) -> I64 | None:
    """The group of each path, int64 (N,), numbered by the groups' sorted names; None where root has no such file.

    It has the columns `file`, the picture's path inside root, and `group`; every picture is in it once. Raises
    UserError otherwise.
    """
    source = root / NAME
    if not source.is_file():
        return None
    group_of = _rows(source)
    files = [path.relative_to(root).as_posix() for path in paths]
    for wrong, says in (
        (sorted(set(group_of) - set(files)), "names {n} files that are not there"),
        (sorted(set(files) - set(group_of)), "leaves out {n} images"),
    ):
        if wrong:
            named = ", ".join(wrong[:MOST_NAMED]) + (", ..." if len(wrong) > MOST_NAMED else "")
            near = f" ({nearest(wrong[0], files)})" if wrong[0] in group_of else ""
            raise UserError(f"{source}: {says.format(n=f'{len(wrong):,}')}: {named}{near}")
    _, number = np.unique([group_of[file] for file in files], return_inverse=True)
    return number.astype(np.int64)


def _rows(source: Path) -> dict[str, str]:
    group_of: dict[str, str] = {}
    try:
        with source.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            if lacking := [column for column in COLUMNS if column not in (rows.fieldnames or ())]:
                raise UserError(f"{source}: has no column {lacking[0]!r}; its first line must be: file,group")
            for line, row in enumerate(rows, start=2):
                name, group = (row["file"] or "").strip(), (row["group"] or "").strip()
                if not name or not group:
                    raise UserError(f"{source}: line {line} lacks its {'group' if name else 'file'}")
                if name in group_of:
                    raise UserError(f"{source}: line {line} names {name} again")
                group_of[name] = group
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{source}: not a readable table: {error}") from error
    return group_of
