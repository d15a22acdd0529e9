"""`mednist`: MedNIST, listed by MONAI's MedNISTDataset."""

from __future__ import annotations

import hashlib
import tarfile
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import numpy as np

from gda_bench.api import I64, DataFile, DataMissingError, Images, Task, TaskInfo, UserError
from gda_tasks import archive, class_folders, image_file
from gda_tasks.download import fetch
from gda_tasks.group_split import SPLIT_SEED
from gda_tasks.split import split

CLASSES = ("AbdomenCT", "BreastMRI", "CXR", "ChestCT", "Hand", "HeadCT")
OFFICIAL = 10_000, 8_954, 10_000, 10_000, 10_000, 10_000
ARCHIVE, FOLDER = "MedNIST.tar.gz", "MedNIST"  # MONAI's names
SHAPE = (64, 64, 1)
TEST_FRACTION = 0.1
"""As in MedNISTDataset."""


class MedNIST(Task):
    """58,954 radiographs and slices of 64x64 grey pixels in six classes; a tenth of each is for testing.

    MONAI lists the pictures. Its split is drawn over them in the order in which the file system lists them, so it is
    another on every machine; ours is drawn, by class, over their sorted names.
    """

    @property
    def info(self) -> TaskInfo:
        return TaskInfo(
            name="mednist",
            kind="multiclass",
            shape=SHAPE,
            classes=CLASSES,
            modality="X-ray, CT and MR, by modality and body part",
            licence="CC BY-SA 4.0",
            source="https://github.com/Project-MONAI/MONAI-extra-test-data/releases/tag/0.8.1",
            citation="B. J. Erickson (Mayo Clinic): MedNIST, gathered from TCIA, the RSNA Bone Age Challenge and the "
            "NIH Chest X-ray data set",
            caveats=(
                f"the split is ours, stratified by class: a fraction of {TEST_FRACTION:g} for testing, drawn by seed "
                f"{SPLIT_SEED}",
                "nothing says which slices are of one patient: they are in both splits",
                "the classes are other modalities or body parts, easily told apart: accuracy is near 1",
            ),
        )

    def prepare(self, root: Path) -> None:
        folder = self._folder(root)
        if not folder.is_dir():
            published, packed = _published(), folder.parent / ARCHIVE
            if not packed.is_file():  # kept: by it alone the unpacked folder can be told from another
                fetch(published.resource, packed, published.md5, f"put {ARCHIVE} into {packed.parent}")
            with archive.verified(published.resource, packed, published.md5):
                archive.unpack_tar(packed, folder.parent, FOLDER)
        self.load("test", root)

    def files(self, root: Path) -> list[DataFile]:
        folder = self._folder(root)
        if not folder.is_dir():
            return [DataFile(str(folder.parent / ARCHIVE), "missing")]
        try:
            found = class_folders.pictures(folder, CLASSES)
            digest = class_folders.digest(found.paths, folder)
        except UserError as problem:
            return [DataFile(str(folder), "modified", note=str(problem))]
        if digest == self._official_digest(folder):
            return [DataFile(str(folder), "official", f"sha256:{digest}", "equal to the published archive beside it")]
        counts = tuple(np.bincount(found.y, minlength=len(CLASSES)).tolist())
        note = "the counts are the official ones; without the archive beside it no more is known"
        if counts != OFFICIAL:
            note = f"{' + '.join(f'{count:,}' for count in counts)} images of the six classes; official: " + " + ".join(
                f"{count:,}" for count in OFFICIAL
            )
        return [DataFile(str(folder), "modified", f"sha256:{digest}", note)]

    def load(self, split: Literal["train", "test"], root: Path) -> Images:
        folder = self._folder(root)
        if not folder.is_dir():
            raise DataMissingError(
                f"mednist is not on this machine; run: gda-bench data prepare mednist, or first put {ARCHIVE} into "
                f"{folder.parent}"
            )
        paths, y = _listed(folder)
        train, test = _split(y)
        chosen = train if split == "train" else test
        return Images(image_file.read([paths[i] for i in chosen], SHAPE, folder), y[chosen])

    def _folder(self, root: Path) -> Path:
        """Where MedNIST/ lies, in our folder under root or in root itself, or where it should."""
        own = root / "mednist" / FOLDER
        return next((place for place in (own, root / FOLDER) if place.is_dir()), own)

    def _official_digest(self, folder: Path) -> str | None:
        packed = folder.parent / ARCHIVE
        if not packed.is_file() or archive.state(packed, _published().md5).state != "official":
            return None
        return _content(packed, packed.stat().st_mtime_ns, folder.name)


def _split(y: I64) -> tuple[I64, I64]:
    return split(y, CLASSES, TEST_FRACTION)


def _listed(folder: Path) -> tuple[list[Path], I64]:
    """Every picture and its label, by MONAI, in the order of classes and names."""
    if (names := class_folders.class_names(folder)) != CLASSES:
        raise UserError(f"{folder}: holds {', '.join(names)}; MedNIST's classes are {', '.join(CLASSES)}")
    whole = _published()(
        folder.parent, "training", download=False, val_frac=0, test_frac=0, cache_num=0, progress=False
    )
    items = sorted((item["label"], item["image"]) for item in whole.data)
    return [Path(image) for _, image in items], np.array([label for label, _ in items], np.int64)


@lru_cache(maxsize=1)
def _content(packed: Path, changed: int, folder: str) -> str:
    """The digest that the archive's folder has once it is unpacked."""
    del changed
    contents = {}
    with tarfile.open(packed) as tar:
        for member in tar:
            name = PurePosixPath(member.name)
            if name.suffix.lower() in image_file.SUFFIXES and (file := tar.extractfile(member)):
                inside = name.relative_to(folder).as_posix()
                contents[inside] = hashlib.sha256(file.read()).hexdigest()
    return class_folders.combined(contents)


def _published() -> Any:
    """MONAI's class: the lister, and the archive's url and md5."""
    from monai.apps import MedNISTDataset

    return MedNISTDataset
