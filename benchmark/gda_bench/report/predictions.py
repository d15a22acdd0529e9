"""predictions.npz: what every classifier of a report said of every test image, so that its numbers can be had again.

keys    ascii (C,)              each cell's key, as in report.json; cells without a result are left out
said    uint8 or uint16 (C, N)  the label that the cell's classifier gave each test image
y       as said (N,)            the true label
group   int32 (N,)              the patient of each image, numbered from 0; only where patients are known
proba   float32 (C, N, J)       probabilities, only where the primary metric is auc: of class 1 where there are
                                two, else of all K
"""

from __future__ import annotations

import io
import math
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gda_bench.api import F32, I64, NPZ_DAMAGE, promises
from gda_bench.errors import UserError

FILE: Final = "predictions.npz"
MOST_BYTES: Final = 2**30
"""Of one array: 75 cells of 47,000 test images and 8 classes fill a tenth."""
KEY: Final = np.dtype("S64")
"""A sha256 in hexadecimal digits."""
KINDS: Final = {
    "keys": ("S", 1),
    "said": ("u", 2),
    "y": ("u", 1),
    "group": ("i", 1),
    "proba": ("f", 3),
}
"""Kind of dtype and number of axes of each array."""
NEEDED: Final = ("keys", "said", "y")

Said = NDArray[np.unsignedinteger[Any]]
"""uint8, or uint16 where there are more than 256 classes."""


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """keys: C cells. said (C, N), proba (C, N, J). y (N,), int64. group (N,): the patient of each test image."""

    keys: tuple[str, ...]
    said: Said
    y: I64
    group: I64 | None = None
    proba: F32 | None = None

    def rows(self) -> dict[str, int]:
        """The position of each cell, by its key."""
        return {key: row for row, key in enumerate(self.keys)}


def label_dtype(n_classes: int) -> np.dtype[np.unsignedinteger[Any]]:
    """What holds a label."""
    return np.dtype(np.uint8 if n_classes <= 2**8 else np.uint16)


def to_bytes(predictions: Predictions) -> bytes:
    """The file; equal predictions give equal bytes."""
    arrays: dict[str, NDArray[Any]] = {
        "keys": np.array([key.encode("ascii") for key in predictions.keys], KEY),
        # what all cells say of one image lies together, and is mostly the same: a tenth of the size
        "said": np.asfortranarray(predictions.said),
        "y": predictions.y.astype(predictions.said.dtype),
    }
    if predictions.group is not None:
        arrays["group"] = np.unique(predictions.group, return_inverse=True)[1].astype(np.int32)
    if predictions.proba is not None:
        arrays["proba"] = predictions.proba
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def read(path: Path, shape: tuple[int, int] | None = None) -> Predictions:
    """Read and judge a predictions.npz. shape: cells with a result and test images, where a report says so; none other
    is unpacked. Raises UserError, in one line, before anything large or odd is."""
    held = _names(path)
    promised = promises(path, held)
    for name, (found, dtype) in promised.items():
        kind, axes = KINDS[name]
        if dtype.kind != kind or len(found) != axes or dtype.itemsize > KEY.itemsize:
            raise UserError(f"{path}: {name} is {dtype} {found}; see the documentation of {FILE} for what it should be")
    cells, examples = shape or promised["said"][0]
    wanted = {"keys": (cells,), "said": (cells, examples), "y": (examples,), "group": (examples,)}
    for name, (found, dtype) in promised.items():
        if found != (wanted[name] if name in wanted else (cells, examples, found[-1])):
            raise UserError(f"{path}: {name} is {found}, which does not go with {cells} cells of {examples} images")
        if math.prod(found) * dtype.itemsize > MOST_BYTES:
            raise UserError(f"{path}: {name} would fill {math.prod(found) * dtype.itemsize:,} bytes, too many to read")
    return _read(path, held)


def _names(path: Path) -> list[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.namelist()
    except NPZ_DAMAGE as error:
        raise UserError(f"{path}: not a readable .npz file: {' '.join(str(error).split())}") from None
    names = [member.removesuffix(".npy") for member in members]
    if lacking := [name for name in NEEDED if name not in names]:
        raise UserError(f"{path}: has no array {lacking[0]!r}")
    if odd := [name for name in names if name not in KINDS]:
        raise UserError(f"{path}: holds {odd[0][:40]!r}, which is no part of {FILE}")
    if len(names) > len(set(names)):
        raise UserError(f"{path}: holds an array twice")
    return names


def _read(path: Path, names: list[str]) -> Predictions:
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in names}
        keys = tuple(key.decode("ascii") for key in arrays["keys"])
    except NPZ_DAMAGE as error:
        raise UserError(f"{path}: not a readable .npz file: {' '.join(str(error).split())}") from None
    if len(keys) > len(set(keys)):
        raise UserError(f"{path}: a cell's key stands twice")
    proba, group = arrays.get("proba"), arrays.get("group")
    if proba is not None and not (proba.dtype == np.float32 and bool(((proba >= 0) & (proba <= 1)).all())):
        raise UserError(f"{path}: proba holds what is no probability, or is not float32")
    return Predictions(
        keys,
        arrays["said"],
        arrays["y"].astype(np.int64),
        None if group is None else group.astype(np.int64),
        proba,
    )
