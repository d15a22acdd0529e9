"""The task `medical-folder`: what a radiologist sees of each format is what the classifier is given, grey by grey."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from medical_files import Array, dicom, nifti, png, shown, ultrasound, write_table
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.pixels import apply_modality_lut, apply_voi_lut
from pydicom.uid import JPEGBaseline8Bit, RLELossless

from gda_tasks.medical_folder import MedicalFolder

GREY = ultrasound()[0]
TWELVE = GREY.astype(np.uint16) * 16 + 7
"""Of 12 bits."""
HU = GREY.astype(np.int16) * 8 - 1000
"""From −1000 to 1040."""


def test_eight_bits_come_through_as_they_are(tmp_path: Path) -> None:
    dicom(tmp_path / "x.dcm", GREY)
    np.testing.assert_array_equal(shown(tmp_path, "x.dcm")[0, ..., 0], GREY)


def test_monochrome1_is_inverted(tmp_path: Path) -> None:
    dicom(tmp_path / "x.dcm", GREY, "MONOCHROME1")
    np.testing.assert_array_equal(shown(tmp_path, "x.dcm")[0, ..., 0], 255 - GREY)


def test_colour_comes_through_as_it_is(tmp_path: Path) -> None:
    colour = np.stack([GREY, GREY.T, 255 - GREY], axis=-1)
    dicom(tmp_path / "x.dcm", colour, "RGB")
    np.testing.assert_array_equal(shown(tmp_path, "x.dcm", channels=3)[0], colour)
    grey = np.stack([GREY] * 3, axis=-1)
    dicom(tmp_path / "x.dcm", grey, "RGB")
    np.testing.assert_array_equal(shown(tmp_path, "x.dcm")[0, ..., 0], GREY)


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize(
    ("stored", "tags"),
    [
        (TWELVE, {"bits": 12, "WindowCenter": 2000, "WindowWidth": 1000}),
        (TWELVE, {"bits": 12, "WindowCenter": [1500, 400], "WindowWidth": [2500, 80]}),
        (TWELVE, {"bits": 12, "WindowCenter": 2000, "WindowWidth": 1000, "VOILUTFunction": "LINEAR_EXACT"}),
        (HU, {"RescaleSlope": 1, "RescaleIntercept": 0, "WindowCenter": -600, "WindowWidth": 1500}),
        (
            HU + 1024,
            {"bits": 12, "RescaleSlope": 1, "RescaleIntercept": -1024, "WindowCenter": 40, "WindowWidth": 80},
        ),
        (
            TWELVE,
            {"bits": 12, "RescaleSlope": 0.25, "RescaleIntercept": -100, "WindowCenter": 300, "WindowWidth": 333.5},
        ),
    ],
)
def test_windows_agree_with_pydicoms(tmp_path: Path, stored: Array, tags: dict[str, Any], photometric: str) -> None:
    header = dicom(tmp_path / "x.dcm", stored, photometric, **tags)
    theirs = apply_voi_lut(apply_modality_lut(header.pixel_array, header), header)
    # pydicom spreads a window over all that the bits can hold, rescaled
    ends = np.array([0, 2**header.BitsStored - 1]) - (2 ** (header.BitsStored - 1) if stored.dtype.kind == "i" else 0)
    low, high = ends * float(header.get("RescaleSlope", 1)) + float(header.get("RescaleIntercept", 0))
    expected = (theirs - low) / (high - low) * 255
    ours = shown(tmp_path, "x.dcm")[0, ..., 0].astype(float)
    assert 20 < expected.mean() < 235, "the window shows something"
    np.testing.assert_allclose(255 - ours if photometric == "MONOCHROME1" else ours, expected, atol=0.51)


@pytest.mark.parametrize(
    ("stored", "tags", "options", "ends"),
    [
        (TWELVE, {"bits": 12}, {}, (0, 4095)),
        (TWELVE * 16, {}, {}, (0, 65535)),
        (HU * 16, {}, {}, (-32768, 32767)),
        (HU, {"Modality": "CT", "RescaleSlope": 1, "RescaleIntercept": 0}, {}, (-160, 240)),
        (HU, {"Modality": "CT"}, {"level": -600, "window": 1500}, (-1350, 150)),
        (TWELVE, {"bits": 12, "WindowCenter": 9, "WindowWidth": 9}, {"level": 2000, "window": 1000}, (1500, 2500)),
    ],
    ids=["12 bits", "16 bits", "16 signed", "CT in soft tissue", "lung window", "ours before the file's"],
)
def test_without_a_window_the_range_is_the_documented_one(
    tmp_path: Path, stored: Array, tags: dict[str, Any], options: dict[str, Any], ends: tuple[float, float]
) -> None:
    dicom(tmp_path / "x.dcm", stored, **tags)
    expected = np.interp(stored, ends, (0, 255))
    np.testing.assert_allclose(shown(tmp_path, "x.dcm", **options)[0, ..., 0], expected, atol=0.51)


def test_compressed_files_are_decoded(tmp_path: Path) -> None:
    header = dicom(tmp_path / "x.dcm", TWELVE, bits=12)
    header.compress(RLELossless)
    header.save_as(tmp_path / "x.dcm")
    np.testing.assert_allclose(shown(tmp_path, "x.dcm")[0, ..., 0], TWELVE * (255 / 4095), atol=0.51)
    colour = np.stack([np.full((28, 28), 200), np.tile(np.arange(28) * 4, (28, 1)), np.full((28, 28), 30)], -1)
    Image.fromarray(colour.astype(np.uint8)).save(tmp_path / "c.jpg", quality=98)
    packed = encapsulate([(tmp_path / "c.jpg").read_bytes()])
    dicom(tmp_path / "x.dcm", colour.astype(np.uint8), "YBR_FULL_422", syntax=JPEGBaseline8Bit, PixelData=packed)
    np.testing.assert_allclose(shown(tmp_path, "x.dcm", channels=3)[0], colour, atol=8)


def test_sixteen_bit_png_palettes_and_the_turn_of_a_camera(tmp_path: Path) -> None:
    png(tmp_path / "x.png", GREY.astype(np.uint16) * 257)
    np.testing.assert_array_equal(shown(tmp_path, "x.png")[0, ..., 0], GREY)
    Image.fromarray(GREY).convert("P").save(tmp_path / "x.png")
    np.testing.assert_array_equal(shown(tmp_path, "x.png")[0, ..., 0], GREY)
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera lay on its side: turn clockwise
    Image.fromarray(GREY).save(tmp_path / "x.tiff", exif=exif)
    np.testing.assert_array_equal(shown(tmp_path, "x.tiff")[0, ..., 0], np.rot90(GREY, -1))
    Image.fromarray(GREY).save(tmp_path / "x.jpg", quality=100)
    np.testing.assert_allclose(shown(tmp_path, "x.jpg")[0, ..., 0].astype(int), GREY, atol=3)


def block(shape: tuple[int, int, int], *where: slice) -> Array:
    """A volume with noise of one grey, and a bright block."""
    volume = np.random.default_rng(0).integers(0, 2, shape).astype(np.float32)
    volume[where] = 100
    return volume


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
def test_volumes_are_seen_as_a_radiologist_looks(tmp_path: Path, plane: str) -> None:
    """A block in the patient's right, front and head: right is left on the picture, front above or left, head above."""
    volume = block((16, 16, 16), slice(9, 14), slice(10, 15), slice(11, 16))
    pictures = []
    for axes in ("RAS", "LPS", "SPL", "AIR"):
        nifti(tmp_path / "x.nii.gz", volume, axes)
        pictures.append(shown(tmp_path, "x.nii.gz", plane=plane, slice=12, size=16)[0, ..., 0])
    for other in pictures[1:]:
        np.testing.assert_array_equal(other, pictures[0])
    rows, columns = np.nonzero(pictures[0] > 200)
    spans = {"R": (2, 6), "A": (1, 5), "S": (0, 4)}  # 15 − index: each axis runs left or up
    vertical, horizontal = {"axial": "AR", "coronal": "SR", "sagittal": "SA"}[plane]
    assert (rows.min(), rows.max()) == spans[vertical]
    assert (columns.min(), columns.max()) == spans[horizontal]


def test_proportions_are_those_of_the_body(tmp_path: Path) -> None:
    """A block of 4 x 8 mm (R x S), in voxels of 1 x 1 x 4 mm, is twice as high as wide."""
    volume = block((32, 4, 8), slice(10, 14), slice(None), slice(3, 5))
    nifti(tmp_path / "x.nii", volume, mm=(1, 1, 4))
    picture = shown(tmp_path, "x.nii", plane="coronal", size=32)[0, ..., 0]
    rows, columns = np.nonzero(picture > 128)
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (8, 4)
    half = shown(tmp_path, "x.nii", plane="coronal", size=32, spacing=2)[0, ..., 0]
    rows, columns = np.nonzero(half > 128)
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (4, 2)


def test_dicom_spacing_sets_the_scale(tmp_path: Path) -> None:
    stored = np.zeros((40, 20), np.uint8)
    stored[10:30, 5:15] = 255
    dicom(tmp_path / "x.dcm", stored, PixelSpacing=[0.5, 1])
    picture = shown(tmp_path, "x.dcm", spacing=1)[0, ..., 0]
    assert picture[9:19, 9:19].all(), "10 x 10 mm in the middle"
    assert picture.astype(int).sum() == 255 * 100


def test_slices_are_the_middle_all_or_that_of_the_table(tmp_path: Path) -> None:
    volume = np.zeros((12, 12, 5), np.float32)
    for k in range(1, 5):  # slice 0 is blank
        volume[: 2 * k, :, k] = 255
    nifti(tmp_path / "x.nii", volume)
    greys = {"level": 127.5, "window": 255, "size": 12}
    bright = {k: 24 * k for k in range(1, 5)}
    count = [int((p > 128).sum()) for p in shown(tmp_path, "x.nii", slice="all", **greys)]
    assert count == [bright[k] for k in (1, 2, 3, 4)]
    assert [(p > 128).sum() for p in shown(tmp_path, "x.nii", **greys)] == [bright[2]]
    assert [(p > 128).sum() for p in shown(tmp_path, "x.nii", slice=4, **greys)] == [bright[4]]


def test_mixed_sizes_are_fitted_with_their_proportions(tmp_path: Path) -> None:
    tall = np.full((60, 30), 200, np.uint8)
    tall[:, :15] = 100
    png(tmp_path / "x.png", tall)
    padded = shown(tmp_path, "x.png", size=20)[0, ..., 0]
    assert (padded[:, :5] == 0).all()
    assert (padded[:, 15:] == 0).all()
    assert (padded[:, 5:10] == 100).all()
    assert (padded[:, 10:15] == 200).all()
    cropped = shown(tmp_path, "x.png", size=20, fit="crop")[0, ..., 0]
    assert (cropped[:, :10] == 100).all()
    assert (cropped[:, 10:] == 200).all()


@pytest.mark.parametrize("flag", ["breastmnist", "pneumoniamnist"])
def test_a_real_set_in_every_format_comes_back_as_it_was(tmp_path: Path, shared_data: Path, flag: str) -> None:
    with np.load(shared_data / f"{flag}.npz") as arrays:
        x = np.concatenate([arrays["train_images"][:40], arrays["test_images"][:20]])
        y = np.concatenate([arrays["train_labels"][:40, 0], arrays["test_labels"][:20, 0]]).astype(np.int64)
    rows = []
    for i, grey in enumerate(x):
        suffix = (".dcm", ".ima", ".png", ".tif", ".nii.gz")[i % 5]
        path = tmp_path / f"{i:02}{suffix}"
        if suffix == ".dcm":
            dicom(path, grey.astype(np.uint16) * 16, bits=12, WindowCenter=2040.5, WindowWidth=4081)
        elif suffix == ".ima":
            dicom(path, 255 - grey, "MONOCHROME1")
        elif suffix == ".nii.gz":
            nifti(path, np.flip(grey.T)[:, :, None].astype(np.int16), "LPS")
        else:
            png(path, grey)
        rows.append(f"{path.name},{y[i]},{'train' if i < 40 else 'test'}")
    write_table(tmp_path, rows, "file,label,split")
    task = MedicalFolder(root=str(tmp_path), size=28)
    parts: dict[Literal["train", "test"], slice] = {"train": slice(40), "test": slice(40, 60)}
    for split, part in parts.items():
        images = task.load(split, tmp_path)
        # NIfTI names no window: its greys are stretched, by its percentiles
        exact = np.arange(len(images)) % 5 != 4
        np.testing.assert_array_equal(images.x[exact, ..., 0], x[part][exact])
        np.testing.assert_array_equal(images.y, y[part])
        for ours, grey in zip(images.x[~exact, ..., 0], x[part][~exact], strict=True):
            expected = np.interp(grey, np.percentile(grey, (0.5, 99.5)), (0, 255))
            np.testing.assert_allclose(ours, expected, atol=0.51)
