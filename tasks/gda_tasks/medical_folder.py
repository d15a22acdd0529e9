"""A folder of a hospital's own images with a table of labels."""

from __future__ import annotations

import hashlib
from itertools import groupby
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from gda_bench.api import DataFile, DataMissingError, Images, Metric, Task, TaskInfo, UserError
from gda_tasks.labelled_rows import LabelledRows, labelled
from gda_tasks.medical_file import most_pictures, pictures
from gda_tasks.nifti import Slice
from gda_tasks.pictures import Plane, View
from gda_tasks.problems import Problems, UnusableError

PATIENTS = {
    "column": "patients are those of the patient column, kept as numbers alone",
    "header": "patients are told apart by the PatientID of the DICOM files, kept as numbers alone",
    "unknown": "patients unknown: pictures of one patient may lie in both splits",
}
NAMELESS = "name the folder: medical-folder:root=FOLDER"
SPLIT = {True: "the split is ours, by patient where patients are known", False: "the split is that of the table"}


class MedicalFolder(Task):
    """DICOM, NIfTI, PNG, JPEG and TIFF files under a folder, and a table that names each with its label.

    root: the folder. labels: the table in it, a CSV with the columns file and label and, if wanted, patient (whose
    images are never divided between the splits), split (train or test) and slice (of a volume, from 0 in RAS). Without
    a patient column DICOM's PatientID is taken, where every file has one and they differ.
    test_fraction: for testing where there is no split column; the nearest 1/k, by patient, and by class as well as
    whole patients can be.

    size: pixels of a side. channels: 1, or 3 for colour. fit: `pad` shows all of a picture, `crop` its middle square;
    either keeps its proportions, in mm where the file names them. spacing: mm a pixel instead, the same for all; the
    middle is shown.
    level, window: values shown as mid-grey and from black to white, in the file's unit (HU for CT). Without them:
    DICOM by its own window, CT without one at level 40, window 400, and else all that its bits can hold, as is 16-bit
    PNG and TIFF; NIfTI and floats from the 0.5th to the 99.5th percentile of the file.
    plane: of NIfTI volumes, turned to RAS. slice: `middle`, `all` that are not blank, or a number; the column goes
    before it.
    metric: by which arms are compared; auc, as the shares of a hospital's classes are seldom even.
    """

    places: ClassVar[frozenset[str]] = frozenset({"root"})

    def __init__(
        self,
        *,
        root: str = "",
        labels: str = "labels.csv",
        size: int = 64,
        channels: Literal[1, 3] = 1,
        fit: Literal["pad", "crop"] = "pad",
        spacing: float | None = None,
        level: float | None = None,
        window: float | None = None,
        plane: Plane = "axial",
        slice: int | Literal["middle", "all"] = "middle",
        test_fraction: float = 0.25,
        metric: Metric = "auc",
    ) -> None:
        if not 8 <= size <= 1024:
            raise UserError(f"medical-folder: size={size} is not within 8 to 1024")
        if (level is None) != (window is None) or (window is not None and window <= 0):
            raise UserError("medical-folder: level= and window= go together, window above 0, as in level=40,window=400")
        if spacing is not None and spacing <= 0:
            raise UserError(f"medical-folder: spacing={spacing} mm is not above 0")
        if not 0 < test_fraction <= 0.5:
            raise UserError(f"medical-folder: test_fraction={test_fraction} is not above 0 and up to 0.5")
        if isinstance(slice, int) and slice < 0:
            raise UserError(f"medical-folder: slice={slice}: slices are counted from 0")
        self.root, self.labels = Path(root).expanduser() if root else None, labels
        self.slice: Slice = slice
        self.test_fraction, self.metric = test_fraction, metric
        shown = None if level is None or window is None else (level - window / 2, level + window / 2)
        self.view = View(size, channels, shown, spacing, fit, plane)

    @property
    def info(self) -> TaskInfo:
        """Reads the table, and of DICOM files without a patient column the PatientIDs; no pixels."""
        table = self._table() if self.root else None
        return TaskInfo(
            name="medical-folder",
            kind="binary" if table and len(table.classes) == 2 else "multiclass",
            shape=(self.view.size, self.view.size, self.view.channels),
            classes=table.classes if table else (),
            metric=self.metric,
            modality="medical images",
            source="a folder of the user's own",
            caveats=(PATIENTS[table.patients], SPLIT[table.our_split]) if table else (),
        )

    def prepare(self, root: Path) -> None:
        """Nothing can be fetched. Raises DataMissingError where the table is not there."""
        self._table()

    def files(self, root: Path) -> list[DataFile]:
        path = (self.root or Path("FOLDER")) / self.labels
        if not path.is_file():
            return [DataFile(str(path), "missing", note="" if self.root else NAMELESS)]
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return [DataFile(str(path), "unpublished", digest, f"names {len(self._table().rows):,} images")]

    def load(self, split: Literal["train", "test"], root: Path) -> Images:
        """Raises UserError that names the files of either split that cannot be used."""
        problems = Problems(str(self._folder()))
        test = self._table().test
        images = self._read(test == (split == "test"), problems)
        if problems:
            self._read(test != (split == "test"), problems)
        problems.check()
        return images

    def _read(self, part: NDArray[np.bool_], problems: Problems) -> Images:
        """The images of these rows. One file is open at a time; the pictures lie in one array from the start."""
        table, folder = self._table(), self._folder()
        # rows of one volume follow each other, so that it is read once
        chosen = sorted(np.flatnonzero(part).tolist(), key=lambda i: table.rows[i].file)
        most = [most_pictures(folder / row.file, row.slice, self.slice, self.view) for row in table.rows]
        x = np.empty((sum(most[i] for i in chosen), self.view.size, self.view.size, self.view.channels), np.uint8)
        origin: list[int] = []  # of each picture, the row
        for file, positions in groupby(chosen, key=lambda i: table.rows[i].file):
            rows = list(positions)
            try:
                found = pictures(folder / file, [table.rows[i].slice for i in rows], self.slice, self.view)
            except UnusableError as problem:
                problems.add(f"{file}: {problem}")
                continue
            for i, pieces in zip(rows, found, strict=True):
                x[len(origin) : len(origin) + len(pieces)] = pieces
                origin += [i] * len(pieces)
        alone = table.patients == "unknown" and len(set(table.group.tolist())) == sum(most)
        return Images(x[: len(origin)], table.y[origin], None if alone else table.group[origin])

    def _folder(self) -> Path:
        if not self.root:
            raise UserError(f"medical-folder: {NAMELESS}")
        if not self.root.is_dir():
            raise DataMissingError(f"medical-folder: {self.root} is no folder")
        return self.root

    def _table(self) -> LabelledRows:
        folder = self._folder()
        return labelled(folder / self.labels, folder, self.test_fraction)
