"""How much of the machine a child may use."""

from __future__ import annotations

import resource
from dataclasses import dataclass

import psutil

MOST_THREADS = 1024
GIB = 2**30


@dataclass(frozen=True, slots=True)
class Limits:
    """seconds: of wall time. memory: bytes of the child's own (on a GPU, of the host's). disk: bytes it may write."""

    seconds: float = 24 * 3600.0
    memory: int = 16 * GIB
    disk: int = 20 * GIB

    def capped(self) -> Limits:
        """The same, with no more memory than nine tenths of the machine's."""
        return Limits(self.seconds, min(self.memory, int(0.9 * psutil.virtual_memory().total)), self.disk)

    def impose(self, device: str) -> None:
        """What the kernel itself can hold this process to; the rest is watched from outside."""
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.disk, self.disk))
        resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
        if device == "cpu":  # CUDA maps far more than it uses
            resource.setrlimit(resource.RLIMIT_DATA, (self.memory, self.memory))
