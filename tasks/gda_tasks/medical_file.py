"""One file of a medical folder, of whatever format, to pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from gda_bench.api import U8
from gda_tasks import dicom, nifti, raster
from gda_tasks.nifti import Slice
from gda_tasks.pictures import View, render
from gda_tasks.problems import UnusableError

Format = Literal["DICOM", "NIfTI", "raster"]
SUFFIXES: dict[str, Format] = {
    **dict.fromkeys(("", ".dcm", ".dicom", ".ima"), "DICOM"),
    **dict.fromkeys((".nii", ".nii.gz"), "NIfTI"),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp"), "raster"),
}
"""By the end of the file's name in small letters; scanners often write DICOM without one, or the digits of a UID."""


def format_of(path: Path) -> Format:
    """Raises UnusableError where the name's end is of none."""
    name = path.name.lower()
    suffix = ".nii.gz" if name.endswith(".nii.gz") else path.suffix.lower()
    if suffix.removeprefix(".").isdecimal():
        suffix = ""
    if suffix not in SUFFIXES:
        raise UnusableError(f"{suffix} is none of {', '.join(filter(None, SUFFIXES))}")
    return SUFFIXES[suffix]


def pictures(path: Path, slices: Sequence[int | None], default: Slice, view: View) -> list[U8]:
    """For each of `slices`, None for the default, its pictures (S, size, size, channels). The file is read once.

    Raises UnusableError with what is wrong with the file, UserError where a package is missing.
    """
    kind = format_of(path)
    if kind == "NIfTI":
        wanted = [default if place is None else place for place in slices]
        return [render(part, view) for part in nifti.read(path, wanted, view.plane, view.shown)]
    if any(place is not None for place in slices):
        raise UnusableError("has a slice in the table, and is no volume")
    read = dicom.read if kind == "DICOM" else raster.read
    return [render(read(path, view.shown), view)]


def most_pictures(path: Path, place: int | None, default: Slice, view: View) -> int:
    """How many pictures a row can give at most, by the file's header."""
    if place is None and default == "all" and path.name.lower().endswith((".nii", ".nii.gz")):
        return nifti.depth(path, view.plane)
    return 1
