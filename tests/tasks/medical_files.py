"""Folders as a hospital has them, written for the tests: real DICOM and NIfTI files, and tables of labels."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pydicom
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from gda_bench.api import U8
from gda_tasks.medical_folder import MedicalFolder

SHARED = Path(os.environ.get("GDA_BENCH_SHARED_DATA") or Path(__file__).parents[3] / "shared" / "data")
Array = NDArray[Any]


def ultrasound(n: int = 1) -> U8:
    """(n, 28, 28): BreastMNIST where it lies, else drawn; each with the greys 0 and 255."""
    found = SHARED / "breastmnist.npz"
    if found.is_file():
        with np.load(found) as arrays:
            x = arrays["train_images"][:n].copy()
    else:
        x = np.random.default_rng(0).integers(0, 256, (n, 28, 28), np.uint8)
    x[:, 0, :2] = 0, 255
    return x


def dicom(path: Path, stored: Array, photometric: str = "MONOCHROME2", bits: int = 0, **tags: Any) -> FileDataset:
    """A DICOM file of stored values (H, W) or (H, W, 3); bits: stored, those of the dtype where 0."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = tags.pop("syntax", ExplicitVRLittleEndian)
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = CTImageStorage, "1.2.3.4"
    header = FileDataset(str(path), {}, file_meta=meta, preamble=bytes(128))
    header.SOPClassUID, header.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    header.PatientName, header.PatientID, header.Modality = "Doe^Jane", "", "OT"
    header.Rows, header.Columns = stored.shape[:2]
    header.SamplesPerPixel = 3 if stored.ndim == 3 else 1
    if stored.ndim == 3:
        header.PlanarConfiguration = 0
    header.PhotometricInterpretation = photometric
    header.BitsAllocated = 8 * stored.dtype.itemsize
    header.BitsStored = bits or header.BitsAllocated
    header.HighBit = header.BitsStored - 1
    header.PixelRepresentation = int(stored.dtype.kind == "i")
    header.PixelData = stored.tobytes()
    for keyword, value in tags.items():
        setattr(header, keyword, value)
    header.save_as(path, enforce_file_format=True)
    return pydicom.dcmread(path)


def nifti(path: Path, volume: Array, axes: str = "RAS", mm: tuple[float, float, float] = (1, 1, 1)) -> None:
    """A NIfTI file of a volume in RAS, stored along `axes`. mm: a voxel's, along R, A and S."""
    image = nibabel.Nifti1Image(volume, np.diag([*mm, 1.0]))
    stored = nibabel.orientations.axcodes2ornt(tuple(axes))
    nibabel.save(image.as_reoriented(stored), path)


def png(path: Path, pixels: Array) -> None:
    """An image of uint8 or uint16 (H, W) or uint8 (H, W, 3)."""
    Image.fromarray(pixels).save(path)


def write_table(folder: Path, rows: Iterable[str], columns: str = "file,label") -> Path:
    """labels.csv of these lines."""
    path = folder / "labels.csv"
    path.write_text("\n".join([columns, *rows]) + "\n", encoding="utf-8")
    return path


def folder_of(folder: Path, *rows: str, columns: str = "file,label,patient,split") -> Path:
    """A folder of four DICOM images of four patients, sound under any window, and what the rows name besides."""
    folder.mkdir(exist_ok=True)
    values = np.random.default_rng(1).integers(-30000, 30000, (4, 28, 28), np.int16)
    sound = []
    for i, (label, split) in enumerate((("a", "train"), ("b", "train"), ("a", "test"), ("b", "test"))):
        dicom(folder / f"sound{i}.dcm", values[i], PixelSpacing=[1, 1])
        cells = {"file": f"sound{i}.dcm", "label": label, "patient": f"S{i}", "split": split, "slice": ""}
        sound.append(",".join(cells[name] for name in columns.split(",")))
    write_table(folder, [*sound, *rows], columns)
    return folder


def shown(folder: Path, file: str, **options: Any) -> U8:
    """The pictures of one file (S, H, W, C) as the task shows them."""
    folder_of(folder, f"{file},c,P,test", f"{file.replace('x', 'y')},c,Q,train")
    (folder / file.replace("x", "y")).write_bytes((folder / file).read_bytes())
    images = MedicalFolder(root=str(folder), **{"size": 28, **options}).load("test", Path("/nowhere"))
    return images.x[images.y == 2]
