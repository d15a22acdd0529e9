"""Data sets as their users keep them, in folders, written from arrays at hand."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pydicom
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, UltrasoundImageStorage

CIFAR = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def brought(task: str, data: Path, folder: Path) -> tuple[str, Path]:
    """A task as its user names it, and where its data lie: in `data`, or in what is written to `folder` first."""
    match task:
        case "cifar10-tenth":
            return f"imagefolder:root={_cifar_tenth(data, folder / task)}", data
        case "hospital":
            root = _hospital(data, folder / task)
            return f"medical-folder:root={root},size=28,level=127.5,window=255,metric=accuracy", data
        case "mednist":
            return task, _mednist(data, folder / "data")
    return task, data


def _cifar_tenth(data: Path, root: Path) -> Path:
    """A tenth of CIFAR-10 as people keep it: root/train/CLASS/*.png and root/test/CLASS/*.png."""
    if not root.is_dir():
        with np.load(data / "cifar10_lossless_part.npz") as arrays:
            for split in ("train", "test"):
                for i, (x, y) in enumerate(zip(arrays[f"{split}_images"], arrays[f"{split}_labels"], strict=True)):
                    path = root / split / CIFAR[y] / f"{i}.png"
                    path.parent.mkdir(parents=True, exist_ok=True)
                    Image.fromarray(x).save(path)
    return root


def _hospital(data: Path, root: Path) -> Path:
    """BreastMNIST as files of a hospital and their table: in turn DICOM, DICOM with dark and bright exchanged
    (MONOCHROME1), and NIfTI of one axial slice."""
    if not root.is_dir():
        root.mkdir(parents=True)
        rows = ["file,label,split"]
        with np.load(data / "breastmnist.npz") as arrays:
            for split in ("train", "test"):
                for i, (x, y) in enumerate(zip(arrays[f"{split}_images"], arrays[f"{split}_labels"], strict=True)):
                    name = f"{split}{i}.{'nii.gz' if i % 3 == 2 else 'dcm'}"
                    if i % 3 == 2:
                        _nifti(root / name, x)
                    else:
                        _dicom(root / name, x, inverted=i % 3 == 1)
                    rows.append(f"{name},{'benign or normal' if y[0] else 'malignant'},{split}")
        (root / "labels.csv").write_text("\n".join(rows))
    return root


def _dicom(path: Path, x: NDArray[np.uint8], *, inverted: bool) -> None:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, UltrasoundImageStorage
    meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid()
    file = FileDataset(str(path), {}, file_meta=meta, preamble=bytes(128))
    file.SOPClassUID, file.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    file.Modality, file.PatientID = "US", ""
    file.Rows, file.Columns = x.shape
    file.SamplesPerPixel, file.BitsAllocated, file.BitsStored, file.HighBit, file.PixelRepresentation = 1, 8, 8, 7, 0
    file.PhotometricInterpretation = "MONOCHROME1" if inverted else "MONOCHROME2"
    file.PixelData = (255 - x if inverted else x).tobytes()
    file.save_as(path, enforce_file_format=True)


def _nifti(path: Path, x: NDArray[np.uint8]) -> None:
    """Voxels to the right, to the front and up, as NIfTI counts them."""
    nibabel.save(nibabel.Nifti1Image(x[::-1, ::-1].T[..., None], np.eye(4)), path)


def _mednist(data: Path, root: Path) -> Path:
    """1,500 pictures of each class, where the task looks for them."""
    pictures = root / "MedNIST"
    if pictures.is_dir():
        return root
    with np.load(data / "mednist_subset_1500pc_jpeg_bytes.npz") as arrays:
        jpeg, ends, classes = arrays["jpeg"].tobytes(), arrays["offsets"], arrays["classes"]
        for i, (label, name) in enumerate(zip(arrays["labels"], arrays["names"], strict=True)):
            path = pictures / str(classes[label]) / Path(str(name)).name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(jpeg[ends[i] : ends[i + 1]])
    return root
