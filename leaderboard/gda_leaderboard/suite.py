"""A suite: what an entry must have been measured on to stand beside the others. Frozen once it is open; whatever would
change a number makes a new suite, with a board of its own."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gda_bench.errors import UserError, nearest

Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class SuiteTask(Part):
    """version, metric, train_counts, data_digest: of the task as the report names them. labels_digest: sha256 of the
    test split's labels as little-endian int64, so that nobody is scored against other truths. groups_digest: the
    same of the patient of each test image, as predictions.npz numbers them; null where they are unknown. settings: what
    the task changes in the profile."""

    version: int
    metric: str
    train_counts: list[int]
    data_digest: Digest
    labels_digest: Digest
    groups_digest: Digest | None = None
    settings: dict[str, Any] = {}


class SuiteClassifier(Part):
    """A component with all its parameters bound. file_digest: of its code, where that is a file of its own."""

    component: str
    version: int
    params: dict[str, Any]
    file_digest: Digest | None = None


class Suite(Part):
    """tasks and classifiers by the names that the board shows, in its order. settings: of the profile, all of them but
    components' own and the limits of a fit, which change no number. protocol_version, filter_version: of these two
    components, which have no parameters."""

    name: str
    title: str
    opened: str
    profile: str
    protocol: str
    filter: str
    protocol_version: int = 1
    filter_version: int = 1
    seeds: Annotated[int, Field(ge=2)]
    settings: dict[str, Any]
    tasks: dict[str, SuiteTask]
    classifiers: dict[str, SuiteClassifier]


@cache
def suites(folder: Path | None = None) -> dict[str, Suite]:
    """Every suite by its name, oldest first. folder: of suite files, in place of those that ship. Raises UserError on
    a file that is none."""
    place = folder or files("gda_leaderboard.suites")
    names = sorted(f.name for f in place.iterdir() if f.name.endswith(".yaml"))
    found = [_read(name, (place / name).read_bytes()) for name in names]
    return {suite.name: suite for suite in sorted(found, key=lambda suite: suite.opened)}


def _read(name: str, content: bytes) -> Suite:
    try:
        # YAML's own lists and mappings are what strict models take
        return Suite.model_validate(yaml.safe_load(content.decode("utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise UserError(f"{name}: no suite: {' '.join(where.split())}: {first['msg']}") from None
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise UserError(f"{name}: no suite: {' '.join(str(error).split())}") from None


def find_suite(name: str, folder: Path | None = None) -> Suite:
    """The suite of a name. Raises UserError with the nearest names where there is none."""
    known = suites(folder)
    if name not in known:
        raise UserError(f"unknown suite {name[:40]!r}: {nearest(name, known)}")
    return known[name]
