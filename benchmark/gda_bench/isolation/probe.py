"""What a locked child tries, so that "enforced" is something seen and not something assumed."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any


def probe(arguments: dict[str, Any], out: Path, progress: Callable[[float], None]) -> list[str]:
    """Names of the forbidden things that went through: none where the lock holds.

    arguments: `file`, one that must not be readable.
    """
    attempts: dict[str, Callable[[], object]] = {
        "reading a file": Path(arguments["file"]).read_bytes,
        "writing a file": lambda: Path(arguments["file"]).write_bytes(b""),
        "emptying a file": lambda: os.truncate(arguments["file"], 0),
        "emptying a file that is read": lambda: os.close(os.open(arguments["file"], os.O_RDONLY | os.O_TRUNC)),
        "opening a socket": socket.socket,
        "opening a pair of sockets": socket.socketpair,
        "starting a process": _fork,
    }
    return [name for name, attempt in attempts.items() if _went_through(attempt)]


def _went_through(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)
