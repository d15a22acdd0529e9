"""`imagefolder`: pictures of one's own, in a folder for each class."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from gda_bench.api import I64, DataFile, DataMissingError, Images, Task, TaskInfo, UserError
from gda_tasks import class_folders, groups_csv, image_file
from gda_tasks.group_split import SPLIT_SEED
from gda_tasks.split import split

Colour = Literal["auto", "grey", "rgb"]
OWN_SPLITS = ("train", "test", "val")
LARGEST_UNASKED = 64
"""px: pictures larger than this are never taken as they are unless somebody says so."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """The pictures of one split, not yet read. y, group: int64 (N,)."""

    paths: tuple[Path, ...]
    y: I64
    group: I64 | None

    def take(self, index: I64) -> Part:
        group = None if self.group is None else self.group[index]
        return Part(tuple(self.paths[i] for i in index), self.y[index], group)


class ImageFolder(Task):
    """Pictures in root/CLASS/, or in root/train/CLASS/ and root/test/CLASS/ (or val), as PNG, JPEG, BMP, TIFF or WebP.

    root: the folder. size: height and width in px to which the pictures are resized, the shorter side first, and
    cropped at the centre; 0 takes them as they are, where all are squares of one size up to 64 px. colour: `grey` or
    `rgb`; `auto` leaves it to the files, which must then agree. test_fraction: of each class's pictures, for testing;
    for a root without a split of its own. A table root/groups.csv with the columns `file`, a path inside root, and
    `group` names the patient, writer or place of every picture; the splits made here then divide none.
    """

    name: ClassVar[str] = "imagefolder"
    places: ClassVar[frozenset[str]] = frozenset({"root"})

    def __init__(self, *, root: str = "", size: int = 0, colour: Colour = "auto", test_fraction: float = 0.2) -> None:
        if size < 0:
            raise UserError(f"imagefolder: size={size}: it is a number of pixels, such as 32; 0 for that of the files")
        if not 0 < test_fraction < 1:
            raise UserError(f"imagefolder: test_fraction={test_fraction} is not between 0 and 1, as 0.2 is")
        self.root, self.size, self.colour, self.test_fraction = root, size, colour, test_fraction

    @property
    def info(self) -> TaskInfo:
        return TaskInfo(
            name=f"{self.name}:root={Path(self.root).name}" + (f",size={self.size}" if self.size else ""),
            kind="binary" if len(self._classes) == 2 else "multiclass",
            shape=self._shape,
            classes=self._classes,
            modality="pictures in a folder",
            licence="not stated: a folder of the user's",
            source="a folder of the user's own",
            citation="none: a folder of the user's",
            caveats=self._caveats(),
        )

    def prepare(self, root: Path) -> None:
        """Nothing can be fetched: the folder must be there."""
        self._there()

    def files(self, root: Path) -> list[DataFile]:
        if not self.root or not self._folder.is_dir():
            return [DataFile(self.root or "root=FOLDER", "missing")]
        try:
            paths = [path for part in self._parts for path in part.paths]
            table = [path for path in (self._folder / groups_csv.NAME,) if path.is_file()]
            content = class_folders.digest([*paths, *table], self._folder)
        except UserError as problem:  # what is wrong with which files, load says
            return [DataFile(str(self._folder), "unpublished", note=str(problem))]
        return [DataFile(str(self._folder), "unpublished", f"sha256:{content}", self._note())]

    def load(self, split: Literal["train", "test"], root: Path) -> Images:
        part = self._parts[0 if split == "train" else 1]
        return Images(image_file.read(part.paths, self._shape, self._folder), part.y, part.group)

    @property
    def _folder(self) -> Path:
        if not self.root:
            raise UserError(f"{self.name} needs a folder of pictures: write {self.name}:root=FOLDER")
        return Path(self.root).expanduser()

    def _there(self) -> None:
        if not self._folder.is_dir():
            raise DataMissingError(f"{self._folder} is not a folder; root= names the one that holds the class folders")

    @cached_property
    def _own_split(self) -> tuple[str, str] | None:
        """The names of the folders of a split that came with the pictures."""
        found = [name for name in OWN_SPLITS if (self._folder / name).is_dir()]
        if not found:
            return None
        if "train" not in found or len(found) < 2:
            raise UserError(
                f"{self._folder}: has a folder {found[0]} and no {'test or val' if found == ['train'] else 'train'} "
                "beside it: a split of its own is train and test, or train and val"
            )
        return "train", found[1]

    @cached_property
    def _classes(self) -> tuple[str, ...]:
        self._there()
        if self._own_split is None:
            return class_folders.class_names(self._folder)
        train, test = (class_folders.class_names(self._folder / name) for name in self._own_split)
        if strange := sorted(set(train) ^ set(test)):
            lacking, holding = self._own_split[::-1] if strange[0] in train else self._own_split
            raise UserError(
                f"{self._folder}: class {strange[0]!r} is in {holding} and not in {lacking}: each must be in both"
            )
        return train

    @cached_property
    def _found(self) -> list[class_folders.Pictures]:
        """One for each split that came with the pictures, or one for all."""
        folders = [self._folder / name for name in self._own_split or (".",)]
        return [class_folders.pictures(folder, self._classes) for folder in folders]

    @cached_property
    def _parts(self) -> tuple[Part, Part]:
        paths = tuple(path for found in self._found for path in found.paths)
        y = np.concatenate([found.y for found in self._found])
        whole = Part(paths, y, groups_csv.read(self._folder, paths))
        if self._own_split is None:
            train, test = split(y, self._classes, self.test_fraction, whole.group)
        else:
            train, test = np.split(np.arange(len(y)), [len(self._found[0].y)])
        return whole.take(train), whole.take(test)

    @cached_property
    def _shape(self) -> tuple[int, int, int]:
        if self.size and self.colour != "auto":
            return self.size, self.size, 1 if self.colour == "grey" else 3
        paths = [path for found in self._found for path in found.paths]
        headers = image_file.headers(paths, self._folder)
        return *self._side(headers), self._depth(paths, headers)

    def _side(self, headers: list[image_file.Header]) -> tuple[int, int]:
        if self.size:
            return self.size, self.size
        sizes = sorted({header.size for header in headers})
        height, width = sizes[0]
        if len(sizes) == 1 and height == width <= LARGEST_UNASKED:
            return height, width
        held = f"{height} x {width}" if len(sizes) == 1 else f"of {len(sizes):,} sizes, {height} x {width} to "
        last = "" if len(sizes) == 1 else f"{sizes[-1][0]} x {sizes[-1][1]}"
        raise UserError(
            f"{self._folder}: the pictures are {held}{last} px: say to which size they shall be resized and "
            f"cropped, as in {self.name}:root={self.root},size=32"
        )

    def _depth(self, paths: list[Path], headers: list[image_file.Header]) -> int:
        if self.colour != "auto":
            return 1 if self.colour == "grey" else 3
        grey = [header.grey for header in headers]
        if all(grey) or not any(grey):
            return 1 if grey[0] else 3
        few = sum(grey) * 2 <= len(grey)  # the lesser part is named
        odd = [(path, "is grey" if few else "is coloured") for path, g in zip(paths, grey, strict=True) if g == few]
        most = "coloured" if few else "grey"
        raise UserError(
            f"{image_file.unusable(odd, len(paths), self._folder)}; the rest are {most}: add colour=rgb or colour=grey"
        )

    def _caveats(self) -> tuple[str, ...]:
        caveats = []
        if self._own_split is None:
            by = "stratified by class" if self._parts[0].group is None else "by whole groups of groups.csv"
            caveats.append(
                f"the split is ours, {by}: a fraction of {self.test_fraction:g} for testing, drawn by seed {SPLIT_SEED}"
            )
        elif self._own_split[1] == "val":
            caveats.append("the folder val serves as the test split: no model may have been chosen by it")
        elif (self._folder / "val").is_dir():
            caveats.append("the folder val is used neither for training nor for test")
        if self._parts[0].group is None:
            caveats.append(
                "nothing says which pictures are of one patient, writer or place: they may be in both splits"
            )
        return tuple(caveats)

    def _note(self) -> str:
        train, test = self._parts
        note = f"{len(train.y):,} + {len(test.y):,} images"
        if others := [path for found in self._found for path in found.others]:
            note += f"; {len(others):,} other files are left out, {others[0].name} among them"
        return note
