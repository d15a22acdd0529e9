"""What `show tasks NAME` tells beyond the task's own words: what lies in its data, and how that looks."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gda_bench.cli.console import err
from gda_bench.errors import UserError

if TYPE_CHECKING:  # the images bring sklearn with them
    from gda_bench.task_data import TaskData

EACH = 8
"""Images of a class in the picture."""
LEAST = 480
"""Pixels of the picture's longer side, at least: small images are enlarged by a whole number."""


@dataclass(frozen=True, slots=True)
class Shown:
    """told: counts and repeats, plain."""

    data: TaskData
    told: dict[str, Any]


def data_of(name: str, root: Path) -> Shown | str:
    """The task's data; where they cannot be read, the reason."""
    from gda_bench.registry import resolve
    from gda_bench.task_data import load_task

    with err.status(f"reading {name}"):
        try:
            data = load_task(resolve("tasks", name), root)
        except UserError as reason:
            return str(reason)
        classes = data.info.classes
        told = {
            "training_images": dict(zip(classes, data.counts(data.train), strict=True)),
            "test_images": dict(zip(classes, data.counts(data.test), strict=True)),
            "patients_or_records": dict(zip(("training", "test"), data.groups or (), strict=False)) or None,
            "test_images_in_training_too": asdict(data.repeats),
            "files": [f"{f.path} ({f.state})" for f in data.files],
            "digest": data.digest,
        }
    return Shown(data, {key: value for key, value in told.items() if value})


def write_picture(shown: Shown | str, path: Path) -> None:
    """The first training images of each class, a row a class, in label order. Raises UserError."""
    from PIL import Image

    if isinstance(shown, str):
        raise UserError(f"no picture can be drawn: {shown}")
    train = shown.data.train
    rows = []
    for c in range(shown.data.info.n_classes):
        members = train.x[np.flatnonzero(train.y == c)[:EACH]]
        blank = np.full((EACH - len(members), *members.shape[1:]), 255, np.uint8)
        rows.append(np.concatenate([*members, *blank], axis=1))
    grid = np.concatenate(rows)
    factor = max(1, -(-LEAST // max(grid.shape[:2])))
    large = np.repeat(np.repeat(grid, factor, axis=0), factor, axis=1)
    try:
        Image.fromarray(large[..., 0] if large.shape[-1] == 1 else large).save(path)
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be written: {error}") from error
