"""`imagenet100`: a hundred classes of ImageNet, from an ImageNet folder of one's own."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from importlib.resources import files

from gda_bench.api import TaskInfo, UserError
from gda_tasks.imagefolder import ImageFolder

# imagenet100.txt of https://github.com/HobbitLong/CMC, sorted: the list that most papers mean by ImageNet-100
CLASSES = tuple(files("gda_tasks").joinpath("imagenet100.txt").read_text(encoding="utf-8").split())
PUBLISHED = 126_689, 5_000
"""Images of these classes in ImageNet's training and validation splits."""


class ImageNet100(ImageFolder):
    """The 100 classes of Tian et al. 2020, from root/train/WNID/ and root/val/WNID/; other classes may lie there too.

    root: the ImageNet folder (ILSVRC2012). size: height and width in px to which the pictures are resized, the shorter
    side first, and cropped at the centre.
    """

    name = "imagenet100"

    def __init__(self, *, root: str = "", size: int = 64) -> None:
        if size < 1:
            raise UserError(f"imagenet100: size={size}: it is a number of pixels, such as 64")
        super().__init__(root=root, size=size, colour="rgb")

    @property
    def info(self) -> TaskInfo:
        return replace(
            super().info,
            modality="natural images",
            licence="ImageNet's terms: non-commercial research and education",
            source="https://www.image-net.org (ILSVRC2012)",
            citation="Russakovsky et al.: ImageNet Large Scale Visual Recognition Challenge, IJCV 115, 2015; "
            "classes of Tian, Krishnan & Isola: Contrastive Multiview Coding, ECCV 2020",
            caveats=(
                "the test split is ImageNet's validation split: no model may have been chosen by it",
                f"resized and cropped to {self.size} px: figures cannot be compared with those at 224 px",
            ),
        )

    @cached_property
    def _own_split(self) -> tuple[str, str]:
        # ImageNet's own test split has no labels
        if lacking := [name for name in ("train", "val") if not (self._folder / name).is_dir()]:
            raise UserError(f"{self._folder}: has no folder {lacking[0]}: ImageNet's are train/WNID and val/WNID")
        return "train", "val"

    @cached_property
    def _classes(self) -> tuple[str, ...]:
        self._there()
        return CLASSES

    def _note(self) -> str:
        held = tuple(len(part.y) for part in self._parts)
        return f"{held[0]:,} + {held[1]:,} images" + ("" if held == PUBLISHED else "; published: 126,689 + 5,000")
