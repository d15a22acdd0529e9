"""Whether the 95 % interval still holds the truth where seeds are added until it is short enough.

    python benchmark/simulations/adaptive.py --replicates 1000 > benchmark/simulations/adaptive.md

The studies of coverage.py, each drawn with as many seeds as it may come to have. It is looked at with its first
three, or five, and given more by the rule of gda_bench.equivalence.precision until its interval is short enough, more
would not help, or there are none left. What is counted is the interval at which it stopped.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from coverage import PROMISED, RATES, M, N, Setting, study

from gda_bench.equivalence.exchange import Exchange
from gda_bench.equivalence.grid import ArmId, Grid, Observation
from gda_bench.equivalence.precision import seeds_wanted

MOST = 12
MIX, BASE = ArmId("mix", N, M), ArmId("real", N, 0)


@dataclass(frozen=True)
class Asked:
    setting: Setting
    first: int
    width: float


def one(asked: Asked, replicate: int) -> tuple[bool, bool, int]:
    """Whether the interval at the end holds the truth, whether it is as short as asked, and with how many seeds."""
    setting = asked.setting
    grid, influences = study(setting, np.random.default_rng([replicate, 99]))
    seeds = asked.first
    while True:
        seen = Grid(Observation(arm, s, grid.values[arm][s]) for arm in grid.values for s in range(seeds))
        moved = {arm: {s: of_arm[s] for s in range(seeds)} for arm, of_arm in influences.items()}
        exchange = Exchange(seen, moved or None)
        rate, (_, spread) = exchange.rate(MIX, N), exchange.contrast(MIX, BASE)
        assert spread is not None
        wanted = seeds_wanted(rate, spread, seeds, width=asked.width, most=MOST)
        if wanted == seeds:
            break
        seeds = wanted
    held = (rate.low is None or rate.low <= setting.rate) and (rate.high is None or rate.high >= setting.rate)
    short = rate.low is not None and rate.high is not None and rate.high - rate.low <= asked.width
    return held, short, seeds


def row(asked: Asked, replicates: int) -> str:
    held, short, seeds = zip(*(one(asked, r) for r in range(replicates)), strict=True)
    share = float(np.mean(held))
    mark = "**" if share < PROMISED[0] - 0.01 else ""
    setting = asked.setting
    return (
        f"| {setting.curve} | {setting.noise} | {setting.n_test or 'all'} | {setting.rate:g} | {asked.first} "
        f"| {asked.width:g} | {mark}{100 * share:.1f}{mark} | {np.mean(seeds):.1f} | {100 * np.mean(short):.0f} |"
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--replicates", type=int, default=1000)
    options.add_argument("--workers", type=int, default=os.cpu_count())
    chosen = options.parse_args()
    drawn = Setting("steep", "equal", 500, MOST, 0.0)
    asked = [
        Asked(replace(drawn, curve=curve, noise=noise, n_test=n_test, rate=rate), first, width)
        for curve, noise, n_test, rate, first, width in itertools.product(
            ("steep", "gentle", "to the ceiling"), ("unequal",), (500, 0), RATES[:-1], (3, 5), (0.15,)
        )
    ]
    start = time.perf_counter()
    print("# Coverage where seeds are added until the interval is short enough\n")
    print(
        f"Made by `python benchmark/simulations/adaptive.py --replicates {chosen.replicates}`; its first lines say how."
    )
    error = 100 * np.sqrt(0.95 * 0.05 / chosen.replicates)
    print(f"At most {MOST} seeds. Standard error of a coverage of 95 %: {error:.1f} points. Bold: more than one point")
    print("below 93 %. Short: the interval came to be as short as was asked.\n")
    print(
        "| real curve | noise | test images | true rate | first seeds | width | coverage, % | mean seeds | short, % |"
    )
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|")
    with ProcessPoolExecutor(chosen.workers) as pool:
        for text in pool.map(row, asked, itertools.repeat(chosen.replicates)):
            print(text, flush=True)
            print(".", end="", file=sys.stderr, flush=True)
    print(f"\n{len(asked)} settings in {time.perf_counter() - start:.0f} s on {chosen.workers} cores.")


if __name__ == "__main__":
    main()
