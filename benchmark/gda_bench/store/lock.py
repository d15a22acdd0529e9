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
def locked(path: Path, *, wait: bool = True, create: bool = False) -> Iterator[int]:
    """A descriptor of what lies at `path`, locked (flock). Raises BlockingIOError where another holds it and `wait` is
    false. create: an empty file, where nothing is. Without effect where the file system has no locks."""
    # NFS locks only what can be written
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR | (os.O_CREAT if create else 0))
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError as error:
            if error.errno not in UNKNOWN_HERE:
                raise
        yield descriptor
    finally:
        os.close(descriptor)


def lies_at(descriptor: int, path: Path) -> bool:
    """Whether the path still names what was opened."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
