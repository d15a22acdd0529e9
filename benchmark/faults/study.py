"""One small study as the fault scripts run it: started, looked at, checked."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

DRIVER = Path(__file__).with_name("driver.py")
TIMES = frozenset({"created", "wall_s", "cpu_s", "peak_memory_mb"})
PATIENCE_S = 600.0
GRACE_S = 30.0
"""For processes that outlive their driver to notice it."""


@dataclass
class Study:
    """One study and its store, through as many runs as it takes. before: what goes before the driver's command.
    options: of the driver, after executor and workers."""

    folder: Path
    executor: str = "local"
    workers: int = 2
    before: Sequence[str] = ()
    options: Sequence[str] = ()

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    def start(self) -> psutil.Popen:
        """One run, of `gda-bench run` in all but its journal."""
        command = [
            *self.before, sys.executable, str(DRIVER), str(self.folder / "journal"), str(self.folder / "out"),
            str(self.folder / "store"), self.executor, str(self.workers), *self.options,
        ]  # fmt: skip
        return psutil.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "errors").open("ab"),
            start_new_session=True,
        )

    def run(self) -> int:
        """One run to its end; its exit code."""
        return int(self.start().wait(PATIENCE_S))

    def lines(self) -> list[str]:
        """What the runs wrote down so far."""
        path = self.folder / "journal"
        return path.read_text().splitlines() if path.exists() else []

    def last_words(self) -> str:
        """The last line that went to standard error; empty where none did."""
        return next(reversed((self.folder / "errors").read_text().splitlines()), "")

    def finished(self) -> set[str]:
        """Keys of the cells in the store."""
        return {path.parent.name for path in self.folder.glob("store/cells/*/*/record.json")}

    def report(self) -> str:
        """Its text without times and memory."""
        (path,) = self.folder.glob("out/*/report.json")
        return json.dumps(_timeless(json.loads(path.read_text())), indent=1)


def counted(lines: Sequence[str], status: str) -> Counter[str]:
    """How often each key has this status."""
    return Counter(key for found, _, key in (line.partition(" ") for line in lines) if found == status)


def descendants(run: psutil.Popen) -> list[psutil.Process]:
    """Its processes that live, down to the last."""
    try:
        return [process for process in run.children(recursive=True) if process.status() != psutil.STATUS_ZOMBIE]
    except psutil.NoSuchProcess:
        return []


def kill(process: psutil.Process) -> None:
    """-9, if it lives."""
    with suppress(psutil.NoSuchProcess):
        process.kill()


def outlived(family: Sequence[psutil.Process]) -> None:
    """Wait for the processes of a run that is over, and kill those that stay: Ray's own have rules of their own."""
    _, orphans = psutil.wait_procs(family, GRACE_S)
    for orphan in orphans:
        kill(orphan)
    psutil.wait_procs(orphans, GRACE_S)


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _timeless(part) for key, part in value.items() if key not in TIMES}
    return [_timeless(part) for part in value] if isinstance(value, list) else value
