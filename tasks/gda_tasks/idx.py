"""The IDX files of MNIST and its kin, packed with gzip: read strictly, so none is half used.

Layout, big-endian: two zero bytes, a type code, the number of dimensions, a uint32 for each, the values.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np

from gda_bench.api import U8, UserError

_UBYTE = 0x08
_CHUNK = 1 << 20


def encode(array: U8) -> bytes:
    """The IDX content of an array, before gzip. Each array has one, so its digest stands for both."""
    return struct.pack(f">4B{array.ndim}I", 0, 0, _UBYTE, array.ndim, *array.shape) + array.tobytes()


def read_gz(path: Path, ndim: int) -> U8:
    """The uint8 array of `ndim` dimensions in a .gz file. Raises UserError with file and fault."""
    try:
        with gzip.open(path) as file:
            head = file.read(4)
            if head != bytes([0, 0, _UBYTE, ndim]):
                expected = f"00 00 {_UBYTE:02x} {ndim:02x}"
                raise UserError(f"{path}: not IDX bytes in {ndim} dimensions: {head.hex(' ')} for {expected}")
            sizes = file.read(4 * ndim)
            if len(sizes) < 4 * ndim:
                raise UserError(f"{path}: ends within its header")
            shape = struct.unpack(f">{ndim}I", sizes)
            promised = math.prod(shape)
            # in pieces and never past the promise: neither a false header nor a bomb can fill the memory
            values = bytearray()
            while len(values) <= promised and (piece := file.read(_CHUNK)):
                values += piece
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"{path}: not a whole gzip file: {error}") from error
    if len(values) != promised:
        held = f"{len(values):,}" if len(values) < promised else "more"
        raise UserError(f"{path}: promises {'x'.join(map(str, shape))} = {promised:,} bytes and holds {held}")
    return np.frombuffer(values, np.uint8).reshape(shape)
