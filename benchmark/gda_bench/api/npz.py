"""What an .npz file promises, read from its directory and array headers before anything is unpacked."""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

from gda_bench.errors import UserError

Promise = tuple[tuple[int, ...], np.dtype[Any]]
"""Shape and dtype of an array."""

NPZ_DAMAGE = (OSError, ValueError, EOFError, MemoryError, RuntimeError, zlib.error, zipfile.BadZipFile)
"""What reading an archive raises that is not sound: an odd version or compression is a NotImplementedError, an
encrypted member a plain RuntimeError."""


def promises(path: Path, names: Iterable[str]) -> dict[str, Promise]:
    """Shape and dtype of the named arrays.

    Raises UserError where the file is no zip, an array is missing or holds pickled objects, or the archive
    holds more or fewer bytes than the array's header says.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return {name: _promise(archive, name, path) for name in names}
    except NPZ_DAMAGE as error:
        raise UserError(f"{path}: not a readable .npz file: {' '.join(str(error).split())}") from error


def _promise(archive: zipfile.ZipFile, name: str, path: Path) -> Promise:
    try:
        member = archive.getinfo(f"{name}.npy")
    except KeyError:
        held = ", ".join(sorted(n.removesuffix(".npy") for n in archive.namelist())[:8])
        raise UserError(f"{path}: has no array {name!r}; it holds: {held or 'nothing'}") from None
    with archive.open(member) as file:
        shape, dtype = _header(file)
        if dtype.hasobject:
            raise UserError(f"{path}: {name} holds pickled objects, which can run code and are never loaded")
        promised = file.tell() + math.prod(shape) * dtype.itemsize
    if member.file_size != promised:
        held = f"the archive holds {member.file_size:,} bytes"
        raise UserError(f"{path}: {name} is {dtype} {shape} by its header, {promised:,} bytes; {held}")
    return shape, dtype


def _header(file: IO[bytes]) -> Promise:
    version = npy.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"array format {version} is not known")
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = read(file)
    return shape, dtype
