"""The ImageFolder convention: one folder for each class, named by it, with its pictures at any depth."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from gda_bench.api import I64, UserError
from gda_tasks.image_file import MOST_NAMED, SUFFIXES


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """paths: (N,), in the order of classes and then of names. y: int64 (N,). others: files that are no pictures."""

    paths: tuple[Path, ...]
    y: I64
    others: tuple[Path, ...] = ()


def class_names(root: Path, leave_out: Sequence[str] = ()) -> tuple[str, ...]:
    """The names of the folders in `root`, sorted, hidden ones left out. Raises UserError where there are none."""
    names = tuple(p.name for p in _entries(root) if p.is_dir() and p.name not in leave_out)
    if len(names) < 2:
        held = f"one alone, {names[0]}" if names else "none"
        raise UserError(f"{root}: it takes at least two class folders, each named by its class; here is {held}")
    return names


def pictures(root: Path, classes: Sequence[str]) -> Pictures:
    """Every picture in the folders of the classes. Raises UserError where one is empty or leads in a circle."""
    paths: list[Path] = []
    labels: list[int] = []
    others: list[Path] = []
    empty: list[str] = []
    for label, name in enumerate(classes):
        before = len(paths)
        for path in _files(root / name, frozenset()) if (root / name).is_dir() else ():
            (paths if path.suffix.lower() in SUFFIXES else others).append(path)
        labels += [label] * (len(paths) - before)
        if len(paths) == before:
            empty.append(name)
    if empty:
        named = ", ".join(empty[:MOST_NAMED]) + (", ..." if len(empty) > MOST_NAMED else "")
        raise UserError(
            f"{root}: no image ({' '.join(SUFFIXES)}) of {len(empty):,} of {len(classes):,} classes: {named}"
        )
    return Pictures(tuple(paths), np.array(labels, np.int64), tuple(others))


def digest(paths: Sequence[Path], root: Path) -> str:
    """sha256 of names inside root and contents, wherever root lies; read again only where a file has changed."""
    try:
        stats = [(path, path.stat()) for path in paths]
        return _digest(tuple((path, stat.st_size, stat.st_mtime_ns) for path, stat in stats), root)
    except OSError as error:
        raise UserError(f"{error.filename}: cannot be read: {error.strerror}") from error


def combined(contents: Mapping[str, str]) -> str:
    """One sha256 for the sha256 of each file by its name inside the folder."""
    return hashlib.sha256("".join(f"{name}\0{contents[name]}\n" for name in sorted(contents)).encode()).hexdigest()


@lru_cache(maxsize=2)
def _digest(files: tuple[tuple[Path, int, int], ...], root: Path) -> str:
    contents = {}
    for path, _, _ in files:
        with path.open("rb") as file:
            contents[path.relative_to(root).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    return combined(contents)


def _files(folder: Path, above: frozenset[Path]) -> Iterator[Path]:
    """At any depth, links followed, hidden ones left out."""
    real = folder.resolve()
    if real in above:
        raise UserError(f"{folder}: a link that leads back to {real}, round and round: remove it")
    for entry in _entries(folder):
        if entry.is_dir():
            yield from _files(entry, above | {real})
        else:
            yield entry


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(p for p in folder.iterdir() if not p.name.startswith("."))
    except OSError as error:
        raise UserError(f"{folder}: cannot be listed: {error.strerror}") from error
