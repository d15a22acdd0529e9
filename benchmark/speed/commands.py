"""What the commands cost that people wait for though nothing is computed.

    python benchmark/speed/commands.py > benchmark/speed/commands.md

Seconds of the whole process, its children included, each command after one run that warms the disk. `run again` is
the same run of a study that is finished and whose report stands; `run, report gone` has to estimate and draw it again;
of `ddpm` the study has a network that is soon trained, from a module as heavy as any.
`import torch` is beside them as the least that a command can take which resolves a component.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

TARGETS = {
    "--help": 0.4,
    "list generators": 0.6,
    "run again": 3.0,
    "run again, of ddpm": 3.0,
    "analyze, 100,000 rows": 10.0,
}
"""CPU seconds, and those of the wall for what people watch: `run again` and `analyze`."""
GDA_BENCH = [sys.executable, "-m", "gda_bench"]


def table(path: Path, rows: int) -> None:
    """A results table of a hundred arms and as many seeds as that takes."""
    chance = random.Random(0)
    arms = [("real", 50 * 2**k, 0) for k in range(10)]
    arms += [("mix", 200, 10 * m) for m in range(1, 61)] + [("synthetic", 0, 10 * m) for m in range(1, 31)]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["arm", "n_real", "n_synth", "seed", "accuracy"])
        for seed in range(rows // len(arms)):
            for arm, n, m in arms:
                score = 1 - 0.8 * (n + m / 10 + 1) ** -0.3 + chance.gauss(0, 0.01)
                writer.writerow([arm, n, m, seed, round(min(max(score, 0), 1), 6)])


def seconds(command: Sequence[str]) -> tuple[float, float]:
    """Of the processor and of the wall, in one run."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def commands(folder: Path) -> Iterator[tuple[str, Sequence[str], Callable[[], object]]]:
    """What is measured, and what is done before each run."""

    def nothing() -> None: ...

    yield "python, import torch", [sys.executable, "-c", "import torch"], nothing
    yield "--help", [*GDA_BENCH, "--help"], nothing
    yield "list generators", [*GDA_BENCH, "list", "generators"], nothing

    def study_of(generator: str) -> Sequence[str]:
        return [
            *GDA_BENCH, "run", "--task", "digits", "--generator", generator, "--seeds", "3", "--set",
            "budget.amount=20", "--store", str(folder / "store"), "--out", str(folder / generator.partition(":")[0]),
        ]  # fmt: skip

    study = study_of("gaussian")
    yield "run again", study, nothing
    yield "run, report gone", study, lambda: shutil.rmtree(folder / "gaussian", ignore_errors=True)
    yield "run again, of ddpm", study_of("ddpm:steps=20,channels=8,layers=1,sampler_steps=5"), nothing
    yield (
        "analyze, 100,000 rows",
        [*GDA_BENCH, "analyze", str(folder / "cells.csv"), "--out", str(folder / "analysis")],
        nothing,
    )


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--turns", type=int, default=5)
    chosen = options.parse_args()
    print("# Commands that compute nothing\n")
    print("Made by `python benchmark/speed/commands.py`; its first lines say how.")
    print(f"{chosen.turns} turns; load when this began: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.\n")
    print("| command | CPU seconds, median (lowest to highest) | wall seconds | aim |")
    print("|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        table(folder / "cells.csv", 100_000)
        for name, command, prepare in commands(folder):
            seconds(command)
            taken = []
            for _ in range(chosen.turns):
                prepare()
                taken.append(seconds(command))
            aim = f"{TARGETS[name]:g}" if name in TARGETS else "-"
            told = [f"{statistics.median(s):.2f} ({min(s):.2f} to {max(s):.2f})" for s in zip(*taken, strict=True)]
            print(f"| {name} | {' | '.join(told)} | {aim} |", flush=True)


if __name__ == "__main__":
    main()
