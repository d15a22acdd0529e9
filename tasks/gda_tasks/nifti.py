"""Slices of one NIfTI volume, by nibabel and MONAI's reader of it: turned to RAS, then cut as a radiologist looks.

Slices are counted from 0 in RAS: sagittal ones from the patient's left to the right, coronal ones from behind to the
front, axial ones from the feet up. Pictures show the patient's right on the left, and sagittal ones the front.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from gda_bench.api import F32, UserError
from gda_tasks.pictures import Decoded, Plane, Range, spread
from gda_tasks.problems import UnusableError, reading

AXIS: dict[Plane, int] = {"sagittal": 0, "coronal": 1, "axial": 2}
MOST_DEFLATE = 1032
"""Bytes that one byte of a gzip file can become at most."""

Slice = int | Literal["middle", "all"]


def read(path: Path, slices: Sequence[Slice], plane: Plane, shown: Range | None) -> list[Decoded]:
    """What each of `slices` asks for: one slice or all. shown: in the file's unit; None for the 0.5th to the 99.5th
    percentile of the volume. Raises UnusableError with what is wrong with the file."""
    volume, spacing = _volume(path)
    shown = shown or spread(volume)
    axis = AXIS[plane]
    across = [spacing[i] for i in range(3) if i != axis]
    found = []
    for wanted in slices:
        where = _positions(wanted, volume.shape[axis])
        # up and left on the picture are the ends of the axes: front or head, and the patient's right
        cut = np.moveaxis(np.take(volume, where, axis), axis, 0)[:, ::-1, ::-1].swapaxes(1, 2)
        found.append(Decoded(np.ascontiguousarray(cut)[..., None], shown, spacing=(across[1], across[0])))
    return found


def depth(path: Path, plane: Plane) -> int:
    """How many slices the header promises; 1 where it cannot be read, which `read` will say."""
    nibabel = _nibabel()
    try:
        with reading("is no readable NIfTI file"):
            return int(nibabel.as_closest_canonical(nibabel.load(path)).shape[AXIS[plane]])
    except UnusableError:
        return 1


def _positions(wanted: Slice, n: int) -> list[int]:
    if wanted == "all":
        return list(range(n))
    if wanted == "middle":
        return [n // 2]
    if wanted >= n:
        raise UnusableError(f"has no slice {wanted}: {n} from 0 to {n - 1} in this plane")
    return [wanted]


def _volume(path: Path) -> tuple[F32, list[float]]:
    """The volume in RAS, (R, A, S), and its mm a voxel along each axis."""
    nibabel = _nibabel()
    from monai.data import NibabelReader

    reader = NibabelReader(as_closest_canonical=True)
    with reading("is no readable NIfTI file"):
        image = reader.read(path)
        _judge(path, image)
    with reading("its voxels cannot be read, truncated perhaps"):
        values, meta = reader.get_data(image)
        volume = np.asarray(values, np.float32)
    volume = volume.reshape((*volume.shape, 1, 1)[:3])
    if not np.isfinite(volume).all():
        raise UnusableError(f"holds {int((~np.isfinite(volume)).sum()):,} values that are NaN or infinite")
    return volume, [float(mm) for mm in nibabel.affines.voxel_sizes(meta["affine"])]


def _judge(path: Path, image: Any) -> None:
    """By its header, before any voxel is read."""
    shape = tuple(int(n) for n in image.shape)
    if any(n > 1 for n in shape[3:]):
        raise UnusableError(f"holds {len(shape)} dimensions, {'x'.join(map(str, shape))}: write one volume a file")
    if image.get_data_dtype().fields:
        raise UnusableError("holds colours, which are not read: write them as PNG")
    held = path.stat().st_size * (MOST_DEFLATE if path.suffix == ".gz" else 1)
    promised = math.prod(shape) * image.get_data_dtype().itemsize
    if promised > held:
        raise UnusableError(f"is truncated: it promises {promised:,} bytes of voxels and holds at most {held:,}")


def _nibabel() -> Any:
    try:
        import nibabel
    except ModuleNotFoundError:
        raise UserError("NIfTI files need nibabel: pip install 'gda-bench[medical]'") from None
    return nibabel
