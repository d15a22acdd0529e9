"""kill -9 at random moments of a study: nothing may be lost, and nothing done twice.

    python benchmark/faults/kills.py > benchmark/faults/kills.md

A small study runs again and again, each time into an empty store. At moments drawn evenly from the time that it takes,
one of its processes, drawn from those that live, is killed: the driver, a worker, a generator's child, under Ray also
the processes of its node. A study that ended without its report is started again with the same command, until the
report stands. Then:

- every cell that was in the store when a run was started was reused by it, neither started nor computed;
- no run computed a cell twice;
- report.json is, byte for byte apart from times and memory, that of a study that nobody disturbed.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

DRIVER = Path(__file__).with_name("driver.py")
TIMES = frozenset({"created", "wall_s", "cpu_s", "peak_memory_mb"})
MODES = {"local, 1 worker": ("local", 1), "local, 2 workers": ("local", 2), "ray, 2 workers": ("ray", 2)}
MOST_STARTS = 60
PATIENCE_S = 600.0


@dataclass
class Study:
    """One study and its store, through as many runs as it takes."""

    folder: Path
    executor: str
    workers: int
    kills: list[str] = field(default_factory=list)
    starts: int = 0

    @property
    def journal(self) -> Path:
        return self.folder / "journal"

    def finish(self, chance: random.Random, moments: list[float]) -> None:
        """Run until the report stands; each kill takes the next of `moments`, seconds after the last or the start."""
        while True:
            self.starts += 1
            assert self.starts <= MOST_STARTS, f"no report after {MOST_STARTS} starts"
            before, written = self.finished(), len(self.lines())
            run = psutil.Popen(
                [sys.executable, str(DRIVER), str(self.journal), str(self.folder / "out"), str(self.folder / "store"),
                 self.executor, str(self.workers)],
                stdout=subprocess.DEVNULL, stderr=(self.folder / "errors").open("ab"), start_new_session=True,
            )  # fmt: skip
            family = self._disturb(run, chance, moments)
            run.wait(PATIENCE_S)
            _, orphans = psutil.wait_procs(family, 30)
            for orphan in orphans:  # Ray's own processes outlive a killed driver by their own rules
                _kill(orphan)
            psutil.wait_procs(orphans, 30)
            self._check(before, self.lines()[written:])
            if run.returncode == 0:
                return

    def _disturb(self, run: psutil.Popen, chance: random.Random, moments: list[float]) -> list[psutil.Process]:
        """Kill as long as it runs and moments are left; all processes that were ever seen."""
        seen: dict[int, psutil.Process] = {}
        while moments:
            until = time.monotonic() + moments[0]
            while time.monotonic() < until and run.poll() is None:
                time.sleep(min(0.05, max(0.0, until - time.monotonic())))
                seen |= {process.pid: process for process in _descendants(run)}
            if run.poll() is not None:
                break
            victim = chance.choice([run, *_descendants(run)])
            moments.pop(0)
            self.kills.append(_role(victim, run))
            _kill(victim)
            if victim == run:
                break
        return list(seen.values())

    def _check(self, before: set[str], lines: list[str]) -> None:
        started = Counter(key for status, _, key in (line.partition(" ") for line in lines) if status == "started")
        computed = Counter(key for status, _, key in (line.partition(" ") for line in lines) if status == "computed")
        assert not before & set(started), "a finished cell was started again"
        assert not before & set(computed), "a finished cell was computed again"
        assert all(count == 1 for count in computed.values()), "a run computed a cell twice"

    def lines(self) -> list[str]:
        """What the runs wrote down so far."""
        return self.journal.read_text().splitlines() if self.journal.exists() else []

    def finished(self) -> set[str]:
        """Keys of the cells in the store."""
        return {path.parent.name for path in self.folder.glob("store/cells/*/*/record.json")}

    def report(self) -> str:
        """Its text without times and memory."""
        (path,) = self.folder.glob("out/*/report.json")
        return json.dumps(_timeless(json.loads(path.read_text())), indent=1)


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _timeless(part) for key, part in value.items() if key not in TIMES}
    return [_timeless(part) for part in value] if isinstance(value, list) else value


def _descendants(run: psutil.Popen) -> list[psutil.Process]:
    try:
        return [process for process in run.children(recursive=True) if process.status() != psutil.STATUS_ZOMBIE]
    except psutil.NoSuchProcess:
        return []


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        pass


def _role(victim: psutil.Process, run: psutil.Popen) -> str:
    if victim == run:
        return "driver"
    try:
        command = " ".join(victim.cmdline())
    except psutil.Error:
        return "gone"
    if "raylet" in command.split(" ")[0] or "gcs_server" in command.split(" ")[0]:
        return "Ray's node"
    if "ray::" in command or "default_worker" in command:
        return "Ray's worker"
    if "ray" in command and "isolation" not in command:
        return "Ray's node"
    if "resource_tracker" in command:
        return "resource tracker"
    return "worker" if "spawn_main" in command else "generator's process"


def disturbed(root: Path, mode: str, kills: int, chance: random.Random, calm: Study, seconds: float) -> Iterator[Study]:
    """Studies until so many kills have been made."""
    left, number = kills, 0
    while left > 0:
        number += 1
        moments = [chance.uniform(0, seconds) for _ in range(min(left, 8))]
        study = Study(root / f"{MODES[mode][0]}-{MODES[mode][1]}-{number}", *MODES[mode])
        study.folder.mkdir()
        study.finish(chance, moments)
        assert study.report() == calm.report(), f"{study.folder}: another report than the undisturbed one"
        left -= len(study.kills)
        yield study


def main() -> None:
    parser = argparse.ArgumentParser(description="kill -9 at random moments")
    parser.add_argument("--kills", type=int, nargs=3, default=[70, 110, 20], help=f"for {', '.join(MODES)}")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="keep the stores here")
    chosen = parser.parse_args()
    root = chosen.folder or Path(tempfile.mkdtemp(prefix="gda-kills-"))
    root.mkdir(parents=True, exist_ok=True)
    print("# kill -9 at random moments\n")
    print("Made by `benchmark/faults/kills.py`, whose first lines say what is checked after every run.\n")
    print("| executor | studies | kills | of them | runs started | cells lost or done twice | reports that differ |")
    print("|---|---:|---:|---|---:|---:|---:|")
    for mode, kills in zip(MODES, chosen.kills, strict=True):
        if not kills:
            continue
        calm = Study(root / f"calm-{MODES[mode][0]}-{MODES[mode][1]}", *MODES[mode])
        calm.folder.mkdir()
        began = time.monotonic()
        calm.finish(random.Random(0), [])
        seconds = time.monotonic() - began
        studies = []
        for study in disturbed(root, mode, kills, random.Random(f"{chosen.seed} {mode}"), calm, seconds):
            studies.append(study)
            print(f"{mode}: {sum(len(s.kills) for s in studies)} kills", file=sys.stderr, flush=True)
        roles = Counter(role for study in studies for role in study.kills)
        print(
            f"| {mode} | {len(studies)} | {roles.total()} | {', '.join(f'{n} {r}' for r, n in roles.most_common())} "
            f"| {sum(study.starts for study in studies)} | 0 | 0 |",
            flush=True,
        )


if __name__ == "__main__":
    main()
