"""What a system call costs in this process; imports nothing, so that a locked child can load it for isolation.py."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CALLS = 100_000


def spin(arguments: dict[str, Any], out: Path, progress: Callable[[float], None]) -> float:
    """CPU nanoseconds of a call that does nothing, the fastest of five rounds."""
    rounds = []
    for _ in range(5):
        began = time.process_time_ns()
        for _ in range(CALLS):
            os.getppid()
        rounds.append((time.process_time_ns() - began) / CALLS)
    return min(rounds)
