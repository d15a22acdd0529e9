"""`stl10`: its labelled part, read by torchvision."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from gda_bench.api import DataFile, DataMissingError, Images, Task, TaskInfo, UserError
from gda_tasks import archive

CLASSES = ("airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck")
PER_CLASS = {"train": 500, "test": 800}
SIZE = 96


class STL10(Task):
    """5,000 training and 8,000 test photographs of 96x96 pixels, ten balanced classes."""

    @property
    def info(self) -> TaskInfo:
        return TaskInfo(
            name="stl10",
            kind="multiclass",
            shape=(SIZE, SIZE, 3),
            classes=CLASSES,
            licence="none stated by the authors; the pictures are from ImageNet",
            source="https://cs.stanford.edu/~acoates/stl10/",
            citation="Coates, Lee & Ng: An Analysis of Single Layer Networks in Unsupervised Feature "
            "Learning, AISTATS 2011",
            caveats=(
                "the 100,000 unlabelled pictures are not used",
                "the authors score ten folds of 1,000 training images each; here are all 5,000, so figures by their "
                "protocol cannot be compared",
            ),
        )

    def prepare(self, root: Path) -> None:
        published, place = _labelled(), self._place(root)
        lacking = [Path(file.path).name for file in self.files(root) if file.state == "missing"]
        if lacking:
            with archive.verified(published.url, place / published.filename, published.tgz_md5) as packed:
                archive.unpack_tar(packed, place, published.base_folder, lacking)
        self.load("train", root)
        self.load("test", root)

    def files(self, root: Path) -> list[DataFile]:
        published = _labelled()
        folder = self._place(root) / published.base_folder
        return [_state(folder / name, md5) for name, md5 in [*published.train_list, *published.test_list]]

    def load(self, split: Literal["train", "test"], root: Path) -> Images:
        published, place = _labelled(), self._place(root)
        images, labels = (place / published.base_folder / f"{split}_{part}.bin" for part in "Xy")
        if not (images.is_file() and labels.is_file()):
            raise DataMissingError(
                f"stl10 is not on this machine; run: gda-bench data prepare stl10, or first put {published.filename} "
                f"into {place}"
            )
        n = _count(images)
        if labels.stat().st_size != n or not n:
            raise UserError(f"{labels}: holds {labels.stat().st_size:,} labels for the {n:,} images of {images.name}")
        data = published(root=str(place), split=split)
        y = data.labels.astype(np.int64)
        if y.max() >= len(CLASSES):  # the file's 0 is 255 here
            raise UserError(f"{labels}: holds labels outside 1 to {len(CLASSES)}")
        return Images(np.ascontiguousarray(data.data.transpose(0, 2, 3, 1)), y)

    def _place(self, root: Path) -> Path:
        """Where torchvision's folder lies, in our folder under root or in root itself, or where it should."""
        own = root / "stl10"
        return next((p for p in (own, root) if (p / "stl10_binary").is_dir()), own)


def _labelled() -> Any:
    """torchvision's class, which would read the unlabelled 2.7 GB too, if only to check them, without them."""
    from torchvision import datasets

    class Labelled(datasets.STL10):  # type: ignore[misc]
        train_list = datasets.STL10.train_list[:2]

        def _check_integrity(self) -> bool:
            return True  # `files` says how each compares; another copy is used with a warning

    return Labelled


def _state(path: Path, md5: str) -> DataFile:
    found = archive.state(path, md5)
    if found.state != "modified":
        return found
    split = path.name.partition("_")[0]
    try:
        n = _count(path) if path.name.endswith("X.bin") else path.stat().st_size
    except UserError as problem:
        return replace(found, note=str(problem))
    return replace(found, note=f"{n:,} items; official: {PER_CLASS[split] * len(CLASSES):,}")


def _count(images: Path) -> int:
    """Images in a file. Raises UserError where its end is not that of one."""
    whole, rest = divmod(images.stat().st_size, SIZE * SIZE * 3)
    if rest:
        raise UserError(f"{images}: ends within image {whole:,}, {rest:,} bytes past its beginning")
    return whole
