"""`cifar10` and `cifar100`, read by torchvision."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from gda_bench.api import DataFile, DataMissingError, Images, Task, TaskInfo, UserError
from gda_tasks import archive

CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
# the fine labels, in the order of the publisher's file `meta`
CIFAR100_CLASSES = tuple(files("gda_tasks").joinpath("cifar100.txt").read_text(encoding="utf-8").split())


class CIFAR10(Task):
    """50,000 training and 10,000 test photographs of 32x32 pixels, ten balanced classes."""

    name: ClassVar[str] = "cifar10"
    classes: ClassVar[tuple[str, ...]] = CIFAR10_CLASSES
    accuracy: ClassVar[float] = 0.9600
    near_duplicates: ClassVar[str] = "3.3"

    @property
    def info(self) -> TaskInfo:
        return TaskInfo(
            name=self.name,
            kind="multiclass",
            shape=(32, 32, 3),
            classes=self.classes,
            licence="none stated by the authors",
            source="https://www.cs.toronto.edu/~kriz/cifar.html",
            citation="Krizhevsky: Learning Multiple Layers of Features from Tiny Images, 2009",
            caveats=(
                f"{self.near_duplicates} % of the test images have a near-duplicate in the training split "
                "(Barz & Denzler, Journal of Imaging 6(6), 2020)",
            ),
            reference={
                "accuracy": self.accuracy,
                "model": "WRN-28-10, crops and flips",
                "source": "Zagoruyko & Komodakis, arXiv:1605.07146, 2016 (2nd hand)",
            },
        )

    def prepare(self, root: Path) -> None:
        published, place = self._published(), self._place(root)
        lacking = [name for name, file in self._states(place).items() if file.state == "missing"]
        if lacking:
            with archive.verified(published.url, place / published.filename, published.tgz_md5) as packed:
                archive.unpack_tar(packed, place, published.base_folder, lacking)
        self._check(place)

    def files(self, root: Path) -> list[DataFile]:
        return list(self._states(self._place(root)).values())

    def load(self, split: Literal["train", "test"], root: Path) -> Images:
        place = self._place(root)
        self._check(place)
        data = self._published()(root=str(place), train=split == "train")
        return Images(np.ascontiguousarray(data.data), np.array(data.targets, np.int64))

    def _check(self, place: Path) -> None:
        """Raises UserError where a file is not the published one: it is a pickle, which can run code."""
        for path, file in self._states(place).items():
            if file.state == "missing":
                published = self._published()
                raise DataMissingError(
                    f"{self.name} is not on this machine; run: gda-bench data prepare {self.name}, "
                    f"or first put {published.filename} into {place}"
                )
            if file.state == "modified":
                raise UserError(
                    f"{file.path}: {file.digest} is not the publisher's; {path} is a pickle, which can run code, so no "
                    "other copy is read: remove it and prepare again"
                )

    def _states(self, place: Path) -> dict[str, DataFile]:
        """The files that torchvision reads, by name."""
        published = self._published()
        listed = [*published.train_list, *published.test_list, (published.meta["filename"], published.meta["md5"])]
        return {name: archive.state(place / published.base_folder / name, md5) for name, md5 in listed}

    def _place(self, root: Path) -> Path:
        """Where torchvision's folder lies, in our folder under root or in root itself, or where it should."""
        own = root / self.name
        return next((p for p in (own, root) if (p / self._published().base_folder).is_dir()), own)

    def _published(self) -> Any:
        """torchvision's class: the reader, and the list of urls and md5s."""
        from torchvision import datasets

        return getattr(datasets, type(self).__name__)


class CIFAR100(CIFAR10):
    """50,000 training and 10,000 test photographs of 32x32 pixels, 100 balanced classes (the fine labels)."""

    name = "cifar100"
    classes = CIFAR100_CLASSES
    accuracy = 0.8075
    near_duplicates = "10"
