"""A lock on a file or folder that ends with the process that holds it, however that ends."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

UNKNOWN_HERE = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EBADF)
"""What a file system says that has no such locks: some network ones, or those of folders on NFS."""


@contextlib.contextmanager
def locked(path: Path, wait: bool = True) -> Iterator[int]:
    """A descriptor of what lies at `path`, locked (flock). Raises BlockingIOError where another holds it and `wait` is
    false. Without effect where the file system has no locks."""
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)  # NFS locks only what can be written
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError as error:
            if error.errno not in UNKNOWN_HERE:
                raise
        yield descriptor
    finally:
        os.close(descriptor)
