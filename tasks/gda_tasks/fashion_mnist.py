"""Fashion-MNIST, 28 px: from the data folder, from Debian's package, or from its publisher."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from gda_bench.api import DataFile, DataMissingError, Images, Task, TaskInfo, UserError
from gda_tasks import idx
from gda_tasks.download import fetch

CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)

# sha256 of the unpacked files, computed from Debian's dataset-fashion-mnist 0.0~git20200523. Debian packs the
# .gz again, without name and date, so the publisher's md5s refuse it; yet with those put back (2017-08-31
# 10:50:06 and, for t10k, 10:50:27) all four give the publisher's md5s: the content is his. A test repeats it.
SHA256 = {
    "train-images-idx3-ubyte.gz": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte.gz": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte.gz": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte.gz": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}


class FashionMNIST(Task):
    """60,000 training and 10,000 test pictures of clothing, ten balanced classes."""

    debian_folder: ClassVar[Path] = Path("/usr/share/datasets/fashion-mnist")

    @property
    def info(self) -> TaskInfo:
        return TaskInfo(
            name="fashion-mnist",
            kind="multiclass",
            shape=(28, 28, 1),
            classes=CLASSES,
            modality="photographs of clothing",
            licence="MIT",
            source="https://github.com/zalandoresearch/fashion-mnist",
            citation="Xiao, Rasul & Vollgraf: Fashion-MNIST, arXiv:1708.07747, 2017",
        )

    def prepare(self, root: Path) -> None:
        folder = self._folder(root)
        if missing := _missing(folder):
            # the list of torchvision, so that the publisher's md5s are kept in one place
            from torchvision.datasets import FashionMNIST as Published

            md5 = dict(Published.resources)
            for name in missing:
                fetch(f"{Published.mirrors[0]}{name}", folder / name, md5[name], _remedy(folder))
        self.load("train", root)
        self.load("test", root)

    def files(self, root: Path) -> list[DataFile]:
        folder = self._folder(root)
        return [_state(folder / name) for name in SHA256]

    def load(self, split: Literal["train", "test"], root: Path) -> Images:
        folder = self._folder(root)
        if _missing(folder):
            command = "gda-bench data prepare fashion-mnist"
            raise DataMissingError(f"fashion-mnist is not on this machine; run: {command}, or {_remedy(folder)}")
        stem = {"train": "train", "test": "t10k"}[split]
        images, labels = folder / f"{stem}-images-idx3-ubyte.gz", folder / f"{stem}-labels-idx1-ubyte.gz"
        x, y = idx.read_gz(images, 3), idx.read_gz(labels, 1)
        if x.shape[1:] != (28, 28):
            raise UserError(f"{images}: holds images of {x.shape[1]}x{x.shape[2]} pixels, not 28x28")
        if len(y) != len(x) or not len(y):
            raise UserError(f"{labels}: holds {len(y):,} labels for the {len(x):,} images of {images.name}")
        if y.max() >= len(CLASSES):
            raise UserError(f"{labels}: holds the label {y.max()}, past the last class, {len(CLASSES) - 1}")
        return Images(x[..., None], y.astype(np.int64))

    def _folder(self, root: Path) -> Path:
        """The first folder that holds all four files, or the one under root, where they should be put."""
        own = root / "fashion-mnist"
        return next((folder for folder in (own, self.debian_folder) if not _missing(folder)), own)


def _state(path: Path) -> DataFile:
    if not path.is_file():
        return DataFile(str(path), "missing")
    try:
        array = idx.read_gz(path, ndim=3 if "idx3" in path.name else 1)
    except UserError as problem:
        return DataFile(str(path), "modified", note=str(problem))
    digest = hashlib.sha256(idx.encode(array)).hexdigest()
    if digest == SHA256[path.name]:
        return DataFile(str(path), "official", f"sha256:{digest}", "judged by the unpacked content")
    note = f"{len(array):,} items, not the published content"
    return DataFile(str(path), "modified", f"sha256:{digest}", note)


def _missing(folder: Path) -> list[str]:
    return [name for name in SHA256 if not (folder / name).is_file()]


def _remedy(folder: Path) -> str:
    return f"put {', '.join(_missing(folder))} into {folder}, or install Debian's dataset-fashion-mnist"
