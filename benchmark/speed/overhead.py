"""What the engine costs beside the work that it was asked for: a whole study from an empty store, second by second.

    python benchmark/speed/overhead.py > benchmark/speed/overhead.md

The study runs with timed_ddpm.py and timed_cnn.py in the places of ddpm and cnn: they note how long their own methods
take. That, and the cells of embedding and audit, is work. All else is the engine: Python's start and its imports, the
plan, reading and checking what is stored, the locked child of every fit and pool, writing and committing cells,
intervals, figures, the report. A second run of the command, when all is stored, shows what of that comes once.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import get_args

from gda_bench.stages import Stage
from gda_bench.store import Store

HERE = Path(__file__).parent


def run(folder: Path, task: str, seeds: int, workers: int) -> float:
    """Wall seconds of the command."""
    began = time.perf_counter()
    subprocess.run(
        [
            sys.executable, str(HERE / "timed_study.py"), "run", "--task", task, "--profile", "quick",
            "--seeds", str(seeds), "--generator", "ddpm", "--classifier", "cnn",
            "--store", str(folder / "store"), "--out", str(folder / "out"), "--workers", str(workers),
        ],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return time.perf_counter() - began


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--task", default="digits")
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    chosen = options.parse_args()
    print("# The engine's share\n")
    print(f"Made by `python {' '.join(['benchmark/speed/overhead.py', *sys.argv[1:]])}`; its first lines say how.")
    print(f"Profile quick, ddpm and cnn. Load when this began: {os.getloadavg()[0]:.1f} on")
    print(f"{os.cpu_count()} cores. Seconds of the wall; those of work and of cells are summed over the workers.\n")
    heads = (
        "seeds",
        "workers",
        "cells",
        "whole command",
        "work",
        "cells around their work",
        "run again",
        "engine, % of all",
    )
    print(f"| task | {' | '.join(heads)} |")
    print("|---" + "|---:" * len(heads) + "|")
    for workers in chosen.workers:
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            whole = run(folder, chosen.task, chosen.seeds, workers)
            records = list(Store(folder / "store").records())
            again = run(folder, chosen.task, chosen.seeds, workers)
        work = sum(
            record.wall_s if record.preimage["stage"] in ("embed", "audit") else record.notes.get("inside_s", 0)
            for record in records
        )
        around = sum(record.wall_s for record in records) - work
        found = {record.preimage["stage"] for record in records}
        assert found == set(get_args(Stage)), f"cells failed: there are only those of {found}"
        share = 1 - work / (whole * workers)
        print(
            f"| {chosen.task} | {chosen.seeds} | {workers} | {len(records)} | {whole:.0f} | {work:.0f} | {around:.1f} "
            f"| {again:.1f} | {100 * share:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
