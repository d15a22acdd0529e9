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
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from study import PATIENCE_S, Study, counted, descendants, kill, outlived

MODES = {"local, 1 worker": ("local", 1), "local, 2 workers": ("local", 2), "ray, 2 workers": ("ray", 2)}
ROLES = {
    "ray::": "Ray's worker", "default_worker": "Ray's worker", "spawn_main": "worker", "resource_tracker": "tracker",
    "/ray/": "Ray's node", "ray.": "Ray's node",
}  # fmt: skip
"""What a process is, by the first of these that stands in its command line."""
KILLS_A_STUDY = 8
MOST_STARTS = 60


@dataclass
class Disturbed(Study):
    """A study whose processes are killed."""

    kills: list[str] = field(default_factory=list)
    starts: int = 0

    def finish(self, chance: random.Random, moments: list[float]) -> None:
        """Run until the report stands; each kill takes the next of `moments`, seconds after the last or the start."""
        while True:
            self.starts += 1
            assert self.starts <= MOST_STARTS, f"no report after {MOST_STARTS} starts"
            before, written = self.finished(), len(self.lines())
            run = self.start()
            family = self._disturb(run, chance, moments)
            run.wait(PATIENCE_S)
            outlived(family)
            lines = self.lines()[written:]
            started, computed = counted(lines, "started"), counted(lines, "computed")
            assert not before & set(started), "a finished cell was started again"
            assert not before & set(computed), "a finished cell was computed again"
            assert all(count == 1 for count in computed.values()), "a run computed a cell twice"
            if run.returncode == 0:
                return

    def _disturb(self, run: psutil.Popen, chance: random.Random, moments: list[float]) -> list[psutil.Process]:
        """Kill as long as it runs and moments are left; all processes that were ever seen."""
        seen: dict[int, psutil.Process] = {}
        while moments:
            until = time.monotonic() + moments[0]
            while time.monotonic() < until and run.poll() is None:
                time.sleep(min(0.05, max(0.0, until - time.monotonic())))
                seen |= {process.pid: process for process in descendants(run)}
            if run.poll() is not None:
                break
            victim = chance.choice([run, *descendants(run)])
            moments.pop(0)
            self.kills.append(_role(victim, run))
            kill(victim)
            if victim == run:
                break
        return list(seen.values())


def _role(victim: psutil.Process, run: psutil.Popen) -> str:
    if victim == run:
        return "driver"
    try:
        command = " ".join(victim.cmdline())
    except psutil.Error:
        return "gone"
    return next((role for part, role in ROLES.items() if part in command), "generator's process")


def disturbed(calm: Study, seconds: float, kills: int, chance: random.Random) -> Iterator[Disturbed]:
    """Studies like the undisturbed one, which took so many seconds, until so many kills have been made."""
    left, number = kills, 0
    while left > 0:
        number += 1
        moments = [chance.uniform(0, seconds) for _ in range(min(left, KILLS_A_STUDY))]
        folder = calm.folder.with_name(f"{calm.executor}-{calm.workers}-{number}")
        study = Disturbed(folder, calm.executor, calm.workers)
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
    print("Every check held, or this table would have ended.\n")
    print("| executor | studies | kills | of them | runs started |")
    print("|---|---:|---:|---|---:|")
    for mode, kills in zip(MODES, chosen.kills, strict=True):
        if not kills:
            continue
        calm = Study(root / f"calm-{MODES[mode][0]}-{MODES[mode][1]}", *MODES[mode])
        began = time.monotonic()
        assert calm.run() == 0, calm.last_words()
        seconds = time.monotonic() - began
        studies = []
        for study in disturbed(calm, seconds, kills, random.Random(f"{chosen.seed} {mode}")):
            studies.append(study)
            print(f"{mode}: {sum(len(s.kills) for s in studies)} kills", file=sys.stderr, flush=True)
        roles = Counter(role for study in studies for role in study.kills)
        print(
            f"| {mode} | {len(studies)} | {roles.total()} | {', '.join(f'{n} {r}' for r, n in roles.most_common())} "
            f"| {sum(study.starts for study in studies)} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
