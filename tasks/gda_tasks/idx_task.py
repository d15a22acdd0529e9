"""MNIST and its kin: four IDX files, from the data folder, from a package of the system, or from the publisher."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from gda_bench.api import DataFile, DataMissingError, Images, Task, UserError
from gda_tasks import archive, idx
from gda_tasks.download import fetch

STEMS = {"train": "train", "test": "t10k"}
FILES = tuple(f"{stem}-{part}-ubyte.gz" for stem in STEMS.values() for part in ("images-idx3", "labels-idx1"))
OFFICIAL = {"train": 60_000, "t10k": 10_000}


class IdxTask(Task):
    """60,000 training and 10,000 test pictures of 28x28 grey pixels, ten classes."""

    name: ClassVar[str]
    """As typed, and the folder under the data folder."""
    published: ClassVar[str]
    """The class of torchvision.datasets that lists the publisher's urls and md5s."""
    other_folders: ClassVar[tuple[Path, ...]] = ()
    """Absolute, or inside the data folder: where else the files may lie."""
    unpacked_sha256: ClassVar[Mapping[str, str]] = {}
    """Of the content of the files, where others pack it anew."""
    or_else: ClassVar[str] = ""
    """What else brings the files to this machine."""

    def prepare(self, root: Path) -> None:
        folder = self._folder(root)
        if missing := _missing(folder):
            published, md5 = self._published(), self._md5()
            for name in missing:
                fetch(f"{published.mirrors[0]}{name}", folder / name, md5[name], self._remedy(folder))
        self.load("train", root)
        self.load("test", root)

    def files(self, root: Path) -> list[DataFile]:
        folder = self._folder(root)
        return [self._state(folder / name) for name in FILES]

    def load(self, split: Literal["train", "test"], root: Path) -> Images:
        folder, n_classes = self._folder(root), self.info.n_classes
        if _missing(folder):
            command = f"gda-bench data prepare {self.name}"
            raise DataMissingError(f"{self.name} is not on this machine; run: {command}, or {self._remedy(folder)}")
        images, labels = (folder / f"{STEMS[split]}-{part}-ubyte.gz" for part in ("images-idx3", "labels-idx1"))
        x, y = idx.read_gz(images, 3), idx.read_gz(labels, 1)
        if x.shape[1:] != (28, 28):
            raise UserError(f"{images}: holds images of {x.shape[1]}x{x.shape[2]} pixels, not 28x28")
        if len(y) != len(x) or not len(y):
            raise UserError(f"{labels}: holds {len(y):,} labels for the {len(x):,} images of {images.name}")
        if y.max() >= n_classes:
            raise UserError(f"{labels}: holds the label {y.max()}, past the last class, {n_classes - 1}")
        return Images(x[..., None], y.astype(np.int64))

    def _state(self, path: Path) -> DataFile:
        if not path.is_file():
            return DataFile(str(path), "missing")
        if not self.unpacked_sha256 and (found := archive.state(path, self._md5()[path.name])).state == "official":
            return found
        try:
            array = idx.read_gz(path, ndim=3 if "idx3" in path.name else 1)
        except UserError as problem:
            return DataFile(str(path), "modified", note=str(problem))
        digest = hashlib.sha256(idx.encode(array)).hexdigest()
        if digest == self.unpacked_sha256.get(path.name):
            return DataFile(str(path), "official", f"sha256:{digest}", "judged by the unpacked content")
        note = f"{len(array):,} items, not the published content of {OFFICIAL[path.name.partition('-')[0]]:,}"
        return DataFile(str(path), "modified", f"sha256:{digest}", note)

    def _folder(self, root: Path) -> Path:
        """The first folder that holds all four files, or the one under root, where they should be put."""
        own = root / self.name
        return next((folder for folder in (own, *(root / p for p in self.other_folders)) if not _missing(folder)), own)

    def _remedy(self, folder: Path) -> str:
        return f"put {', '.join(_missing(folder))} into {folder}" + (f", or {self.or_else}" if self.or_else else "")

    def _md5(self) -> dict[str, str]:
        return dict(self._published().resources)

    def _published(self) -> Any:
        from torchvision import datasets

        return getattr(datasets, self.published)


def _missing(folder: Path) -> list[str]:
    return [name for name in FILES if not (folder / name).is_file()]
