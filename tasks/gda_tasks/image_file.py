"""Picture files: PNG, JPEG, BMP, TIFF and WebP, read strictly through Pillow, each fault named with its file."""

from __future__ import annotations

import os
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from gda_bench.api import U8, UserError

T = TypeVar("T")

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")
FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP")
MOST_PIXELS = 1 << 26
"""8,192 x 8,192: no larger picture is unpacked, whatever a few bytes may promise."""
MOST_NAMED = 10
GARBLED = (
    ValueError, SyntaxError, EOFError, LookupError, TypeError, struct.error, zlib.error, Image.DecompressionBombError,
)  # fmt: skip
"""What Pillow's readers raise on files that are not as they should be, beside OSError."""
_GREY = ("1", "L", "LA", "La")


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself before it is unpacked. size: (height, width), as a viewer shows it."""

    size: tuple[int, int]
    grey: bool


def headers(paths: Sequence[Path], root: Path) -> list[Header]:
    """Of each file. Raises UserError, which names those that cannot be used by their paths inside `root`."""
    found: list[Header | None] = [None] * len(paths)

    def look(i: int) -> None:
        with _opened(paths[i]) as image:
            width, height = image.size
            # Pillow turns a TIFF itself
            if width != height and image.format != "TIFF" and image.getexif().get(ExifTags.Base.Orientation, 1) > 4:
                width, height = height, width
            found[i] = Header((height, width), image.mode in _GREY)

    _each(look, paths, root)
    return [header for header in found if header is not None]


def read(paths: Sequence[Path], shape: tuple[int, int, int], root: Path) -> U8:
    """The pictures as uint8 (N, *shape): upright by their EXIF orientation, resized and cropped at the centre.

    Each is decoded straight into its place, so the memory needed is that of the result. Raises UserError as `headers`.
    """
    x = np.empty((len(paths), *shape), np.uint8)

    def decode(i: int) -> None:
        with _opened(paths[i]) as image:
            x[i] = _pixels(image, shape)

    _each(decode, paths, root)
    return x


def unusable(problems: Sequence[tuple[Path, str]], n: int, root: Path) -> UserError:
    """One line that names each file of the n and what is wrong with it; of very many, the first ten."""
    named = [f"{path.relative_to(root)} {why}" for path, why in problems[:MOST_NAMED]]
    if more := len(problems) - len(named):
        named.append(f"and {more:,} more")
    return UserError(f"{root}: {len(problems):,} of {n:,} files cannot be used: {'; '.join(named)}")


def _each(work: Callable[[int], None], paths: Sequence[Path], root: Path) -> None:
    """work(i) for every file, in threads: Pillow decodes without the interpreter's lock. Raises all faults at once."""

    def fault(i: int) -> str:
        try:
            work(i)
        except UnidentifiedImageError:
            return "is empty" if not paths[i].stat().st_size else "is no PNG, JPEG, BMP, TIFF or WebP image"
        except OSError as error:
            return f"cannot be read: {error.strerror or error}"
        except GARBLED as error:
            return " ".join(str(error).split())
        return ""

    Image.init()
    with warnings.catch_warnings(), ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # ours is an error, and earlier
        problems = [(paths[i], why) for i, why in enumerate(pool.map(fault, range(len(paths)))) if why]
    if problems:
        raise unusable(problems, len(paths), root)


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """The picture, not yet unpacked. Raises ValueError where unpacking it would lose, or be, too much."""
    with Image.open(path, formats=FORMATS) as image:
        width, height = image.size
        if width * height > MOST_PIXELS:
            raise ValueError(f"unpacks to {height:,} x {width:,} px, a decompression bomb: at most {MOST_PIXELS:,} px")
        if image.mode[0] in "IF":
            raise ValueError(f"holds values of more than 8 bits (mode {image.mode}): scale them to 0..255")
        # phones put a depth map or a smaller copy behind the picture
        if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":
            raise ValueError("holds several pictures: save each in a file")
        yield image


def _pixels(image: Image.Image, shape: tuple[int, int, int]) -> U8:
    height, width, depth = shape
    # a JPEG is decoded at the least of 1/1, 1/2, 1/4 and 1/8 that leaves twice the pixels that are wanted
    image.draft(None, (2 * width, 2 * height))
    upright = ImageOps.exif_transpose(image)
    if upright.has_transparency_data:
        alpha = upright.convert("RGBA").getchannel("A")
        if alpha.getextrema() != (255, 255):
            raise ValueError("is partly transparent: flatten it onto a background")
    flat = upright.convert("L" if depth == 1 else "RGB")
    if flat.size != (width, height):
        flat = ImageOps.fit(flat, (width, height), Image.Resampling.BICUBIC)
    return np.asarray(flat).reshape(shape)
