"""Whether the 95 % interval still holds the truth where seeds are added until it is short enough.

    python benchmark/simulations/adaptive.py --replicates 1000 > benchmark/simulations/adaptive.md

The studies of coverage.py, each drawn with as many seeds as it may come to have. It is looked at with its first
three, or five, and given more by the rule of gda_bench.equivalence.precision until its interval is short enough, more
would not help, or there are none left. What is counted is the interval at which it stopped, beside that of the same
study with all its seeds from the start: what looking costs is the difference.
"""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from coverage import RATES, M, N, Setting, asked, print_rows, study

from gda_bench.equivalence.exchange import Exchange
from gda_bench.equivalence.grid import ArmId, Grid, Observation
from gda_bench.equivalence.precision import seeds_wanted

MOST = 12
FIRST = (3, 5)
WIDTH = 0.15
MIX, BASE = ArmId("mix", N, M), ArmId("real", N, 0)


@dataclass(frozen=True)
class Ended:
    """held: whether the interval at the end holds the truth. short: whether it is as short as asked."""

    held: bool
    short: bool
    seeds: int


def looked_at(setting: Setting, replicate: int, first: int) -> Ended:
    grid, influences = study(setting, np.random.default_rng([replicate, MOST]))
    seeds = first
    while True:
        seen = Grid(Observation(arm, s, grid.values[arm][s]) for arm in grid.values for s in range(seeds))
        moved = {arm: {s: of_arm[s] for s in range(seeds)} for arm, of_arm in influences.items()}
        exchange = Exchange(seen, moved or None)
        rate, (_, spread) = exchange.rate(MIX, N), exchange.contrast(MIX, BASE)
        wanted = seeds_wanted(rate, spread, seeds, width=WIDTH, most=MOST)
        if wanted == seeds:
            break
        seeds = wanted
    held = (rate.low is None or rate.low <= setting.rate) and (rate.high is None or rate.high >= setting.rate)
    short = rate.low is not None and rate.high is not None and rate.high - rate.low <= WIDTH
    return Ended(held, short, seeds)


def row(setting: Setting, replicates: int) -> str:
    cells = [setting.curve, str(setting.n_test or "all"), f"{setting.rate:g}"]
    for first in (MOST, *FIRST):
        ended = [looked_at(setting, r, first) for r in range(replicates)]
        cells.append(f"{100 * np.mean([end.held for end in ended]):.1f}")
        if first < MOST:
            cells.append(f"{np.mean([end.seeds for end in ended]):.1f}")
        cells.append(f"{100 * np.mean([end.short for end in ended]):.0f}")
    return f"| {' | '.join(cells)} |"


def main() -> None:
    print("# Coverage where seeds are added until the interval is short enough\n")
    chosen = asked("adaptive.py", __doc__ or "")
    settings = [
        Setting(curve, "unequal", n_test, MOST, rate)
        for curve, n_test, rate in itertools.product(("steep", "gentle", "to the ceiling"), (500, 0), RATES[:-1])
    ]
    print("That of the difference of two in")
    print(
        f"one row is less, since they are of the same draws. Asked for: an interval of {WIDTH} at most. Short: in % of"
    )
    print("studies, those whose interval came to be that short.\n")
    heads = [
        f"{MOST} seeds: held, %",
        "short",
        *(f"from {n}: {what}" for n in FIRST for what in ("held, %", "seeds", "short")),
    ]
    print(f"| real curve | test images | true rate | {' | '.join(heads)} |")
    print("|---|---:|---:" + "|---:" * len(heads) + "|")
    print_rows(row, settings, chosen)


if __name__ == "__main__":
    main()
