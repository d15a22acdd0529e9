"""`pcam`: PatchCamelyon, from HDF5 files as torchvision's PCAM lays them out."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from gda_bench.api import I64, DataFile, DataMissingError, Images, Task, TaskInfo, UserError
from gda_tasks import archive
from gda_tasks.download import fetch

Split = Literal["train", "test"]
PIXELS = (96, 96, 3)
MIRROR = "https://zenodo.org/records/2546921/files/{name}?download=1"


@dataclass(frozen=True, slots=True)
class Published:
    """md5: of the file as it is read. packed_md5: of the .gz in which it is published."""

    md5: str
    packed_md5: str | None = None


# The table in the publisher's README exchanges the md5s of its validation and test files (basveeling/pcam issue 4);
# here, as in torchvision since its pull request 6644, each stands by the file that has it.
FILES: Mapping[str, Published] = {
    "camelyonpatch_level_2_split_train_x.h5": Published(
        "01844da899645b4d6f84946d417ba453", "1571f514728f59376b705fc836ff4b63"
    ),
    "camelyonpatch_level_2_split_train_y.h5": Published(
        "0781386bf6c2fb62d58ff18891466aca", "35c2d7259d906cfc8143347bb8e05be7"
    ),
    "camelyonpatch_level_2_split_train_meta.csv": Published("5a3dd671e465cfd74b5b822125e65b0a"),
    "camelyonpatch_level_2_split_test_x.h5": Published(
        "2614b2e6717d6356be141d9d6dbfcb7e", "d8c2d60d490dbd479f8199bdfa0cf6ec"
    ),
    "camelyonpatch_level_2_split_test_y.h5": Published(
        "11ed647efe9fe457a4eb45df1dba19ba", "60a7035772fbdb7f34eb86d4420cf66a"
    ),
    "camelyonpatch_level_2_split_test_meta.csv": Published("3455fd69135b66734e1008f3af684566"),
}
OFFICIAL = {"train": 262_144, "test": 32_768}


class PCam(Task):
    """262,144 training and 32,768 test patches of lymph node sections, 96x96 px; half of each hold metastatic tissue.

    Images are grouped by the slide that they were cut from; no slide is in both splits. The training split takes 7.2 GB
    of memory.
    """

    @property
    def info(self) -> TaskInfo:
        return TaskInfo(
            name="pcam",
            kind="binary",
            shape=PIXELS,
            classes=("no tumour", "tumour"),
            modality="histology of lymph nodes, H&E",
            licence="CC0 1.0",
            source="https://github.com/basveeling/pcam",
            citation="Veeling, Linmans, Winkens, Cohen & Welling: Rotation Equivariant CNNs for Digital Pathology, "
            "arXiv:1806.03962, 2018; Ehteshami Bejnordi et al., JAMA 318(22), 2017",
            caveats=(
                "the official validation split is used neither for training nor for test",
                "a patch is labelled by its centre of 32x32 pixels; tumour outside of it does not count",
                "groups are slides: Camelyon16 does not say which slides are of one patient",
            ),
            reference={
                "accuracy": 0.898,
                "auc": 0.963,
                "model": "GDensenet",
                "source": "Veeling et al. 2018, by the publisher's README",
            },
        )

    def prepare(self, root: Path) -> None:
        folder = self._folder(root)
        for name, published in FILES.items():
            path = folder / name
            if path.is_file():
                continue
            if published.packed_md5 is None:
                fetch(MIRROR.format(name=name), path, published.md5, f"put {name} into {folder}")
                continue
            packed = f"{name}.gz"
            with archive.verified(MIRROR.format(name=packed), folder / packed, published.packed_md5) as whole:
                archive.unpack_gz(whole, path)
        for split, most in OFFICIAL.items():
            _read(folder / f"camelyonpatch_level_2_split_{split}_y.h5", "y", (1, 1, 1), most)

    def files(self, root: Path) -> list[DataFile]:
        states = [archive.state(self._folder(root) / name, published.md5) for name, published in FILES.items()]
        return [replace(s, note="judged by the unpacked content") if s.state == "official" else s for s in states]

    def load(self, split: Split, root: Path) -> Images:
        folder = self._folder(root)
        if missing := [name for name in FILES if not (folder / name).is_file()]:
            raise DataMissingError(
                f"pcam is not on this machine; run: gda-bench data prepare pcam, or put {', '.join(missing)} "
                f"into {folder}; prepare also unpacks the .gz that it finds there"
            )
        images, labels, _ = (folder / name for name in FILES if f"_{split}_" in name)
        x = _read(images, "x", PIXELS, OFFICIAL[split])
        y = _read(labels, "y", (1, 1, 1), OFFICIAL[split]).reshape(-1).astype(np.int64)
        if len(y) != len(x):
            raise UserError(f"{labels}: holds {len(y):,} labels for the {len(x):,} images of {images.name}")
        if y.max() > 1:
            raise UserError(f"{labels}: holds the label {y.max()}, not only 0 and 1")
        return Images(x, y, _slides(folder, split, len(x)))

    def _folder(self, root: Path) -> Path:
        return root / "pcam"


def _read(path: Path, name: str, item: tuple[int, ...], most: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The array `name` of an HDF5 file, uint8 (N, *item), straight into its memory; N is at most the published."""
    try:
        import h5py
    except ImportError:
        raise UserError("pcam is read by h5py, which is not installed: pip install 'gda-bench[pcam]'") from None
    try:
        with h5py.File(path) as file:
            if not isinstance(data := file.get(name), h5py.Dataset):
                raise UserError(f"{path}: has no array {name!r}; it holds: {', '.join(file) or 'nothing'}")
            if data.dtype != np.uint8 or data.shape[1:] != item or not 0 < data.shape[0] <= most:
                expected = ", ".join(map(str, item))
                raise UserError(f"{path}: {name} is {data.dtype} {data.shape}, not uint8 (1 to {most:,}, {expected})")
            values = np.empty(data.shape, np.uint8)
            data.read_direct(values)
    except (OSError, RuntimeError, ValueError) as error:
        raise UserError(f"{path}: not a readable HDF5 file: {' '.join(str(error).split())}") from error
    return values


def _slides(folder: Path, split: Split, n: int) -> I64:
    """The slide of each of the n images, int64 (n,), numbered alike in both splits."""
    of_split = {each: _column(folder / f"camelyonpatch_level_2_split_{each}_meta.csv", "wsi") for each in OFFICIAL}
    if len(of_split[split]) != n:
        path = folder / f"camelyonpatch_level_2_split_{split}_meta.csv"
        raise UserError(f"{path}: has {len(of_split[split]):,} rows for {n:,} images")
    names = {slide: i for i, slide in enumerate(sorted({*of_split["train"], *of_split["test"]}))}
    return np.array([names[slide] for slide in of_split[split]], np.int64)


def _column(path: Path, name: str) -> list[str]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = csv.DictReader(file)
            if name not in (rows.fieldnames or ()):
                raise UserError(f"{path}: has no column {name!r}")
            return [row[name] for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: not a readable table: {error}") from error
