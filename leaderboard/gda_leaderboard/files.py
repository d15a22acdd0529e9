"""Files of a submission, read as what they are: somebody else's."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from gda_bench.errors import UserError


def read_bounded(path: Path, most: int) -> bytes:
    """The bytes of a regular file of at most `most` bytes. Raises UserError on a link, a device, or a larger file."""
    try:
        # neither a link is followed nor a pipe waited for
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        what = "is a link, not a file" if path.is_symlink() else f"cannot be read ({error.strerror})"
        raise UserError(f"{path.name}: {what}") from None
    with os.fdopen(number, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise UserError(f"{path.name}: is no regular file")
        if status.st_size > most:
            raise UserError(f"{path.name}: has {status.st_size:,} bytes, a submission may have {most:,}")
        return file.read(most + 1)
