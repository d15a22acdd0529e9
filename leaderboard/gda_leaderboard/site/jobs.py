"""The slow pieces of a build, charts and reports as pages: each made once, kept by what it is made of, and made by
several processes where several lack."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from multiprocessing import get_context
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Job:
    """make(*args) gives the piece as text. key: of everything that can change that text but the renderer itself."""

    key: str
    make: Callable[..., str]
    args: tuple[Any, ...]


def job(make: Callable[..., str], *args: Any, of: Any, by: tuple[str, ...]) -> Job:
    """of: what the piece shows, as JSON. by: the packages that draw it."""
    shown = json.dumps([renderer(by), f"{make.__module__}.{make.__qualname__}", of], sort_keys=True, allow_nan=False)
    return Job(hashlib.sha256(shown.encode()).hexdigest(), make, args)


@cache
def renderer(packages: tuple[str, ...]) -> str:
    """sha256 over all that draws: code and templates of our packages, and the versions of the libraries."""
    state = hashlib.sha256()
    for name in ("altair", "jinja2", "vl-convert-python"):
        state.update(f"{name} {metadata.version(name)}\n".encode())
    for package in packages:
        for name, content in _sources(resources.files(package), package):
            state.update(f"{name} {hashlib.sha256(content).hexdigest()}\n".encode())
    return state.hexdigest()


def _sources(folder: Traversable, name: str) -> Iterator[tuple[str, bytes]]:
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_dir() and item.name != "__pycache__":
            yield from _sources(item, f"{name}/{item.name}")
        elif item.is_file():
            yield f"{name}/{item.name}", item.read_bytes()


def done(
    jobs: Iterable[Job], keep: Path, *, workers: int, step: Callable[[int, int], None] = lambda done, of: None
) -> Mapping[str, Path]:
    """The file of every piece by its key; those that `keep` lacks are made. step: told how many are, of how many."""
    keep.mkdir(parents=True, exist_ok=True)
    wanted = {job.key: job for job in jobs}
    files = {key: keep / key[:2] / key for key in wanted}
    lacking = [job for key, job in wanted.items() if not files[key].is_file()]
    step(0, len(lacking))
    for count, (key, text) in enumerate(_made(lacking, min(workers, len(lacking))), start=1):
        _write(files[key], text)
        step(count, len(lacking))
    return files


def _made(jobs: list[Job], workers: int) -> Iterator[tuple[str, str]]:
    if workers <= 1:
        yield from ((job.key, job.make(*job.args)) for job in jobs)
        return
    # fresh ones: the engine that draws has threads, which a copied process would wait for forever
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        running = {pool.submit(job.make, *job.args): job.key for job in jobs}
        for future in as_completed(running):
            # let go of, or a thousand pages stay in memory
            yield running.pop(future), future.result()


def _write(path: Path, text: str) -> None:
    """Whole or not at all, also where another build writes the same."""
    path.parent.mkdir(exist_ok=True)
    passing = path.with_name(f"{path.name}.{os.getpid()}")
    passing.write_text(text, encoding="utf-8")
    passing.replace(path)
