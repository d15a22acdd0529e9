"""Handwritten digits, 8 px: the data set that is always there, because scikit-learn ships it."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import numpy as np

from gda_bench.api import I64, DataFile, Images, Task, TaskInfo, UserError

SHA256 = "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22"
N_TEST = 500
SPLIT_SEED = 0
"""The data come without a split of their own. These two fix ours; changing either needs a new `version`."""


class Digits(Task):
    """1,797 digits of 8x8 pixels: 1,297 for training, 500 for testing, both stratified by class."""

    @property
    def info(self) -> TaskInfo:
        return TaskInfo(
            name="digits",
            kind="multiclass",
            shape=(8, 8, 1),
            classes=tuple("0123456789"),
            modality="handwriting",
            licence="CC BY 4.0",
            source="https://archive.ics.uci.edu/dataset/80 by way of sklearn.datasets.load_digits",
            citation="Alpaydin & Kaynak: Optical Recognition of Handwritten Digits, UCI, 1998",
            caveats=("the split is ours and not by writer: the same 13 writers are in training and in test",),
        )

    def files(self, root: Path) -> list[DataFile]:
        path = _file()
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return [DataFile(str(path), "official" if digest == SHA256 else "modified", digest, "ships with scikit-learn")]

    def load(self, split: Literal["train", "test"], root: Path) -> Images:
        images = _all_digits()
        test, train = np.split(_stratified_order(images.y), [N_TEST])
        return images.take(np.sort(test if split == "test" else train))


def _file() -> Path:
    found = find_spec("sklearn")  # imports nothing
    if found is None or found.origin is None:
        raise UserError("scikit-learn is not installed, and the digits come with it")
    return Path(found.origin).parent / "datasets" / "data" / "digits.csv.gz"


@cache
def _all_digits() -> Images:
    # as load_digits does, without the 2 s that scikit-learn takes to be imported
    table = np.loadtxt(_file(), np.uint8, delimiter=",")
    # counts of black pixels, 0-16, of a 4x4 block each
    x = np.rint(table[:, :64] * (255 / 16)).astype(np.uint8)
    return Images(x.reshape(-1, 8, 8, 1), table[:, 64].astype(np.int64))


def _stratified_order(y: I64) -> I64:
    """Positions in y (N,) such that every prefix holds the classes in proportion, drawn from SPLIT_SEED."""
    # RandomState, because NumPy freezes its stream for good (NEP 19); that of default_rng may change
    order = np.random.RandomState(SPLIT_SEED).permutation(len(y))
    rank = np.empty(len(y))
    for members in (order[y[order] == c] for c in np.unique(y)):
        rank[members] = (np.arange(len(members)) + 0.5) / len(members)
    return np.argsort(rank, kind="stable").astype(np.int64)
