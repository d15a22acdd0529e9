"""One .npz file of MedMNIST: judged by what it promises, then read through MONAI."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from gda_bench.api import I64, NPZ_DAMAGE, U8, DataFile, UserError, promises
from gda_tasks import archive
from gda_tasks.medmnist_catalog import Published

Split = Literal["train", "test"]


def check(path: Path, split: Split, record: Published) -> int:
    """The number of images in a split, by the headers alone. Raises UserError where shape or dtype is off."""
    images, labels = f"{split}_images", f"{split}_labels"
    promised = promises(path, (images, labels))
    (shape, dtype), (label_shape, label_dtype) = promised[images], promised[labels]
    if dtype != np.uint8 or shape[1:] != record.picture or not shape[0]:
        expected = ", ".join(map(str, record.picture))
        raise UserError(f"{path}: {images} is {dtype} {shape}, not uint8 (N, {expected})")
    width = len(record.labels) if record.kind == "multi-label" else 1
    if label_dtype.kind not in "iu" or label_shape != (shape[0], width):
        raise UserError(f"{path}: {labels} is {label_dtype} {label_shape}, not integers ({shape[0]}, {width})")
    return shape[0]


def read(path: Path, split: Split, record: Published) -> tuple[U8, I64]:
    """Images uint8 (N, H, W) or (N, H, W, 3); labels int64 (N, 1), or (N, 14) of 0 and 1 for several labels.

    Through MONAI's reader itself: LoadImage would try each of its readers, and one complains that it lacks a GPU.
    """
    from monai.data import NumpyReader

    check(path, split, record)
    readers = [NumpyReader(npz_keys=f"{split}_{what}", allow_pickle=False) for what in ("images", "labels")]
    try:
        found = [reader.get_data(reader.read(str(path)))[0] for reader in readers]
    except NPZ_DAMAGE as error:
        # the headers are sound, so it is the packed values
        raise UserError(f"{path}: the {split} split is damaged, or larger than the memory") from error
    x: U8 = np.ascontiguousarray(found[0], np.uint8)
    y: I64 = np.ascontiguousarray(found[1], np.int64)
    highest = 1 if record.kind == "multi-label" else len(record.labels) - 1
    if y.min() < 0 or y.max() > highest:
        raise UserError(f"{path}: {split}_labels run from {y.min()} to {y.max()}, not within 0 to {highest}")
    return x, y


def state(path: Path, record: Published) -> DataFile:
    """How the file compares with the published one."""
    found = archive.state(path, record.md5)
    return found if found.state == "official" else replace(found, note=_difference(path, record))


def _difference(path: Path, record: Published) -> str:
    """What sets a copy with another md5 apart, as far as its headers tell."""
    try:
        held = check(path, "train", record), check(path, "test", record)
    except UserError as problem:
        return str(problem)
    official = record.n_train, record.n_test
    if held == official:
        return f"split sizes are the official {held[0]:,} + {held[1]:,}, the md5 is not"
    return f"train + test is {held[0]:,} + {held[1]:,} images; official: {official[0]:,} + {official[1]:,}"
