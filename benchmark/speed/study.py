"""A whole study against the script that one would write by hand, turn by turn on one machine, cold.

    python benchmark/speed/study.py --seeds 3 > benchmark/speed/study.md

`plain` is benchmark/speed/plain.py. `gda-bench` runs the same study into an empty store, audits, intervals and report
included. `second` is another generator on the same task in that store: it needs no real cell and no control again.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PLAIN = Path(__file__).with_name("plain.py")


def seconds(*command: str) -> float:
    """Wall time of a command that must succeed."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--turns", type=int, default=1)
    options.add_argument("--classifier", default="timm:model=test_resnet")
    chosen = options.parse_args()
    times: dict[str, list[float]] = {"plain": [], "gda-bench": [], "second": []}
    load = os.getloadavg()[0]
    for _ in range(chosen.turns):
        times["plain"].append(seconds(str(PLAIN), str(chosen.seeds)))
        with tempfile.TemporaryDirectory() as folder:
            shared = [
                "-m", "gda_bench", "run", "--task", "digits", "--classifier", chosen.classifier, "--profile", "quick",
                "--seeds", str(chosen.seeds), "--store", f"{folder}/store", "--out", f"{folder}/out",
            ]  # fmt: skip
            times["gda-bench"].append(seconds(*shared, "--generator", "ddpm"))
            times["second"].append(seconds(*shared, "--generator", "gaussian"))
    print("# A whole study\n")
    print("Made by `python benchmark/speed/study.py`; its first lines say how.")
    print(f"digits, {chosen.seeds} seeds, {chosen.classifier}, {chosen.turns} turns, {os.cpu_count()} cores, ", end="")
    print(f"load when this began {load:.1f}.\n")
    print("| | wall seconds, median | of the plain script |")
    print("|---|---:|---:|")
    whole = statistics.median(times["plain"])
    for name, taken in times.items():
        middle = statistics.median(taken)
        print(f"| {name} | {middle:.0f} | {middle / whole:.2f} |")


if __name__ == "__main__":
    main()
