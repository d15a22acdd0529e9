"""A report that stands: where a finished study is run again, what it would say is there already.

Estimating and drawing take many times as long as finding that nothing is left to run. So the store remembers, for each
study, what its report was made of and what its files were; where both are still the same, the report is read instead.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from gda_bench.errors import UserError
from gda_bench.isolation.paths import package_folders
from gda_bench.keys import file_digest, value_digest
from gda_bench.report import Report, load
from gda_bench.store import Store
from gda_bench.study.environment import describe
from gda_bench.study.expand import expand
from gda_bench.study.spec import Study


def standing(study: Study, folder: Path, store: Store, device: str) -> Report | None:
    """The report in the folder, if making it again from the store would change nothing but its date."""
    try:
        known = json.loads(_place(study, store).read_text(encoding="utf-8"))
        if known != _state(study, folder, store, device):
            return None
        return load(folder / "report.json")
    except (OSError, ValueError, UserError):
        return None


def remember(study: Study, folder: Path, store: Store, device: str) -> None:
    """That the report in the folder is what the store says now. Where that cannot be kept, it is made again."""
    place = _place(study, store)
    unfinished = place.with_name(f".{place.name}.{os.getpid()}.unfinished")
    with contextlib.suppress(OSError):
        place.parent.mkdir(exist_ok=True)
        unfinished.write_text(json.dumps(_state(study, folder, store, device), indent=1), encoding="utf-8")
        unfinished.replace(place)


def _place(study: Study, store: Store) -> Path:
    return store.root / "reports" / f"{study.key}.json"


def _state(study: Study, folder: Path, store: Store, device: str) -> dict[str, Any]:
    """All that a report is made of, and what became of it."""
    found = {cell.key: store.find(cell.key) for cell in expand(study).cells()}
    cells = [[key, asdict(record) if record else None] for key, record in found.items()]
    return {
        "asked": value_digest(repr(study)),
        "cells": value_digest(cells),
        "code": {name: _code(name) for name in sorted(_packages(study))},
        "where": value_digest(describe(device).model_dump(mode="json")),
        "files": {str(path.relative_to(folder)): file_digest(path) for path in sorted(_files(folder))},
    }


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _packages(study: Study) -> set[str]:
    """This one, which estimates and draws, and those of the components, which say what they are. A plugin's file is
    known by its digest."""
    parts = (study.task, study.generator, study.classifier, study.protocol, study.filter, *study.controls.values())
    return {"gda_bench", *(part.target.partition(":")[0].partition(".")[0] for part in parts if not part.file_digest)}


@cache
def _code(package: str) -> str:
    """Of all its files, whatever a version number says."""
    parts = {
        str(path.relative_to(root.parent)): file_digest(path)
        for root in package_folders(package)
        for path in sorted([root] if root.is_file() else _files(root))
        if "__pycache__" not in path.parts
    }
    return value_digest(parts)
