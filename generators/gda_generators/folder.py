"""`folder`: samples that were drawn elsewhere, by whatever means, and lie in files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np
from PIL import Image

from gda_bench.api import I64, NPZ_DAMAGE, U8, Generator, Images, RunContext, TaskInfo, Track, Weights

SUFFIXES = (".png", ".jpg", ".jpeg")
MODES = {1: "L", 3: "RGB"}
"""Pillow's name for uint8 images of so many channels."""


class Folder(Generator):
    """Hands out the images of a folder, each once, in an order drawn by seed.

    path: a folder with one sub-folder of PNG or JPEG images for each class, named by the class or, where not all names
    are class names, by the label; or an .npz file with `x`, uint8 (N, H, W, C), and `y`, integer labels (N,).
    closed: you declare that whatever drew the images learnt from the n real images of the study alone, for every seed
    of it. Nothing here can check that: without it the images count as an open-set generator's.
    """

    track: ClassVar[Track] = "open"

    def __init__(self, *, path: str = "", closed: bool = False) -> None:
        self.path, self.closed = path, closed
        if closed:
            self.track = "closed"  # type: ignore[misc]  # of this instance

    def supports(self, task: TaskInfo) -> str | None:
        return None if self.path else "it needs a path: write folder:path=FOLDER or folder:path=FILE.npz"

    def weights(self) -> Mapping[str, Weights]:
        """What lies at the path; the engine counts its content in the key and puts it where `fit` may read it."""
        if not self.path:
            return {}
        path = Path(self.path)
        root, files = (path.parent, path.name) if self._is_file else (path, "*")
        return {"folder": Weights(str(root), files=(files,))}

    def fit(self, train: Images, task: TaskInfo, ctx: RunContext) -> None:
        root = ctx.weights["folder"]
        self.classes = task.classes
        read = read_npz(root / Path(self.path).name, task) if self._is_file else _read_folders(root, task)
        if missing := [task.classes[c] for c in np.unique(train.y) if not (read.y == c).any()]:
            raise ValueError(f"{self.path} holds no image of class {missing[0]!r}: draw some")
        self.images = read

    def sample(self, labels: I64, ctx: RunContext) -> U8:
        rng = ctx.rng()
        chosen = np.empty(len(labels), np.int64)
        for c in np.unique(labels):
            wanted = np.flatnonzero(labels == c)
            members = rng.permutation(np.flatnonzero(self.images.y == c))
            if len(members) < len(wanted):
                raise ValueError(
                    f"{self.path} holds {len(members)} images of class {self.classes[c]!r} and the largest m asks for "
                    f"{len(wanted)}: draw more, or choose smaller ratios of m to n"
                )
            chosen[wanted] = members[: len(wanted)]
        return self.images.x[chosen]

    def save(self, path: Path) -> None:
        np.savez(path / "images.npz", x=self.images.x, y=self.images.y, classes=np.array(self.classes))

    def load(self, path: Path) -> None:
        with np.load(path / "images.npz", allow_pickle=False) as f:
            self.images, self.classes = Images(f["x"], f["y"]), tuple(f["classes"].tolist())

    @property
    def _is_file(self) -> bool:
        return self.path.endswith(".npz")


def read_npz(path: Path, task: TaskInfo) -> Images:
    """x (N, H, W, C) and y (N,) of the task's shape and classes. Raises ValueError that begins with the file's name."""
    try:
        with np.load(path, allow_pickle=False) as f:
            x, y = f["x"], f["y"]
    except (*NPZ_DAMAGE, KeyError, TypeError) as error:
        raise ValueError(f"{path.name} is not an .npz file with arrays x and y: {error}") from None
    if x.dtype != np.uint8 or x.shape[1:] != task.shape:
        raise ValueError(f"{path.name}: x is {x.dtype} {x.shape}; the task needs uint8 (N, {_numbers(task.shape)})")
    if y.shape != x.shape[:1] or not np.issubdtype(y.dtype, np.integer):
        raise ValueError(f"{path.name}: y is {y.dtype} {y.shape}; it must be one integer label for each of {len(x)}")
    if len(y) and not 0 <= y.min() <= y.max() < task.n_classes:
        raise ValueError(
            f"{path.name}: labels run from {y.min()} to {y.max()}; the task's from 0 to {task.n_classes - 1}"
        )
    return Images(x, y.astype(np.int64))


def _read_folders(root: Path, task: TaskInfo) -> Images:
    if not root.is_dir():
        raise ValueError(f"{root.name} is not a folder: name one with a sub-folder of images for each class")
    folders = sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith("."))
    labels = _labels([p.name for p in folders], task)
    files = [(p, label) for folder, label in zip(folders, labels, strict=True) for p in _files(folder)]
    x = np.empty((len(files), *task.shape), np.uint8)
    for i, (path, _) in enumerate(files):
        x[i] = _read_image(path, task.shape)
    return Images(x, np.array([label for _, label in files], np.int64))


def _labels(names: list[str], task: TaskInfo) -> list[int]:
    """By the classes' names if all of them are such, else by the labels' numbers."""
    if set(names) <= set(task.classes):
        return [task.classes.index(name) for name in names]
    numbers = [str(c) for c in range(task.n_classes)]
    for name in names:
        if name not in numbers:
            raise ValueError(
                f"sub-folder {name!r} is neither a class nor a label: name all by class ({', '.join(task.classes)}) "
                f"or all by label (0 to {task.n_classes - 1})"
            )
    return [int(name) for name in names]


def _files(folder: Path) -> list[Path]:
    """In the order of their names, hidden ones left out."""
    files = sorted(p for p in folder.iterdir() if not p.name.startswith("."))
    for path in files:
        if path.suffix.lower() not in SUFFIXES:
            raise ValueError(f"{_inside(path)} is no PNG or JPEG image: remove it")
    return files


def _read_image(path: Path, shape: tuple[int, int, int]) -> U8:
    try:
        with Image.open(path, formats=("PNG", "JPEG")) as image:
            image.load()
            mode, size, pixels = image.mode, image.size, np.asarray(image)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(f"{_inside(path)} cannot be read as an image: {error}") from None
    if mode != MODES[shape[2]] or size != (shape[1], shape[0]):
        raise ValueError(
            f"{_inside(path)} is {size[1]} x {size[0]} px of mode {mode}; the task needs {shape[0]} x {shape[1]} px of "
            f"mode {MODES[shape[2]]}: convert it"
        )
    return pixels.reshape(shape)


def _inside(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _numbers(shape: tuple[int, ...]) -> str:
    return ", ".join(map(str, shape))
