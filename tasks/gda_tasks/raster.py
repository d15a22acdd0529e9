"""One PNG, JPEG, TIFF or BMP image, by Pillow and MONAI's reader of it."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from gda_tasks.pictures import Decoded, Range, spread, whole
from gda_tasks.problems import UnusableError, reading

FORMATS = ("PNG", "JPEG", "TIFF", "BMP")


def read(path: Path, shown: Range | None) -> Decoded:
    """The image, turned as its camera says. shown: of a grey one; None for all that 8 or 16 bits hold, and of floats
    for the 0.5th to the 99.5th percentile. Raises UnusableError with what is wrong with the file."""
    from monai.data import PILReader

    reader = PILReader(converter=_upright, reverse_indexing=False, formats=FORMATS)
    with warnings.catch_warnings(), reading("cannot be read as an image"):
        warnings.simplefilter("ignore")
        plain = _plain(reader.read(path))
    values = np.asarray(reader.get_data(plain)[0], np.float32)
    if plain.mode == "RGB":
        return Decoded(values[None], (0.0, 255.0))
    if not np.isfinite(values).all():
        raise UnusableError("holds values that are NaN or infinite")
    return Decoded(values[None, ..., None], shown or _shown(plain.mode, values))


def _shown(mode: str, values: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Range:
    if mode == "L":
        return 0.0, 255.0
    return whole(values, 0.0, 65535.0) if mode.startswith("I;16") else spread(values)


def _upright(image: Image.Image) -> Image.Image:
    """A copy in memory; the file is closed."""
    with image:
        if (pages := getattr(image, "n_frames", 1)) > 1:
            raise UnusableError(f"holds {pages} pages: write one image a file")
        return ImageOps.exif_transpose(image)


def _plain(image: Image.Image) -> Image.Image:
    """L, RGB, 16-bit or float, of any mode that Pillow reads. Raises UnusableError where something is seen through."""
    if image.mode in ("L", "RGB", "F", "I") or image.mode.startswith("I;16"):
        return image
    if image.has_transparency_data:
        image = image.convert("RGBA")
        if (np.asarray(image.getchannel("A")) < 255).any():
            raise UnusableError("is partly transparent: save it without an alpha channel")
    return image.convert("L" if image.mode == "1" else "RGB")
