"""The promises of a task. Its data must be on this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from gda_bench.api import Task
from gda_bench.contract.finding import Broken
from gda_bench.registry import ComponentSpec
from gda_bench.task_data import load_task

TOLD = ("modality", "licence", "source", "citation")


def says_what_it_is(spec: ComponentSpec, root: Path) -> None:
    """A reader learns what the images are, and under which licence."""
    info = spec.create().info
    lacking = [name for name in TOLD if getattr(info, name) in ("", "unknown")]
    if lacking:
        raise Broken(f"TaskInfo leaves out {', '.join(lacking)}")
    if len(info.classes) < 2 or len(set(info.classes)) < len(info.classes):
        raise Broken(f"its classes are {info.classes}: name at least two, each once")


def loads_both_splits(spec: ComponentSpec, root: Path) -> None:
    """Images and labels are as TaskInfo says; every class is in both splits."""
    data = load_task(spec, root)
    for name, split in (("training", data.train), ("test", data.test)):
        if absent := [data.info.classes[c] for c, count in enumerate(data.counts(split)) if not count]:
            raise Broken(f"the {name} split has no image of {', '.join(absent)}")


def loads_the_same_again(spec: ComponentSpec, root: Path) -> None:
    """Loading is deterministic, and what one caller does to the arrays is not seen by the next."""
    first: Task = spec.create()
    images = first.load("train", root)
    digest = images.digest()
    if images.x.flags.writeable:
        images.x[:] = 0
    if spec.create().load("train", root).digest() != digest:
        raise Broken("a second load gave other images: is their order drawn, or an array shared between callers?")


def keeps_splits_apart(spec: ComponentSpec, root: Path) -> None:
    """No image of the test split is in the training split."""
    data = load_task(spec, root)
    seen = {image.tobytes() for image in data.train.x}
    if repeated := sum(image.tobytes() in seen for image in data.test.x):
        raise Broken(f"{repeated} of {len(data.test)} test images are in the training split too, pixel for pixel")


def names_its_files(spec: ComponentSpec, root: Path) -> None:
    """What it reads is named, is there, and has a digest."""
    for file in spec.create().files(root):
        if file.state == "missing" or file.digest is None:
            raise Broken(f"{file.path} is {file.state} and its digest {file.digest}")


def has_grey_levels(spec: ComponentSpec, root: Path) -> None:
    """Pixels use the range 0 to 255."""
    x = load_task(spec, root).train.x
    if int(x.max()) - int(x.min()) < 64 or not np.ptp(x[0]):
        raise Broken(f"grey levels run from {x.min()} to {x.max()}: scale them to 0..255")


PROMISES: tuple[tuple[str, Callable[[ComponentSpec, Path], None]], ...] = (
    ("says what it is, whose it is and under which licence", says_what_it_is),
    ("names its files", names_its_files),
    ("loads both splits as it says, with every class", loads_both_splits),
    ("loads the same again", loads_the_same_again),
    ("keeps the splits apart", keeps_splits_apart),
    ("uses the range of grey levels", has_grey_levels),
)
