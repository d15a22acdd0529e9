"""How often the 95 % interval of the exchange rate holds the truth, on simulated studies whose truth is known.

    python benchmark/simulations/coverage.py --replicates 1000 > benchmark/simulations/coverage.md

Each study: base n = 200, six real sizes, mixes at m/n = 1, 2, 4, synthetic-only arms and both controls. A replicate
draws a common effect of each seed, noise of each cell and, for the finite test set, one difficulty for each example:
an arm answers example i rightly with probability Phi((ability - difficulty_i) / 0.5), anew for each seed. The truth is
about the population that the test set was drawn from, not about the test set.
"""

from __future__ import annotations

import argparse
import itertools
import os
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from gda_bench.equivalence.exchange import Bounds, Exchange
from gda_bench.equivalence.grid import ArmId, Grid, Observation

N, M = 200, 800
SIZES = (50, 100, 200, 400, 800, 1600)
RATES = (-0.1, 0.0, 0.1, 0.5, 1.0)
SEED_EFFECT = 0.006
SHARPNESS = 0.5
PROMISED = 0.93, 0.97


def power(a: float, b: float, c: float) -> Callable[[float], float]:
    return lambda n: 1 - (a * n**-b + c)


CURVES = {
    "steep": (power(1.0, 0.5, 0.01), SIZES),  # 0.85 to 0.97, as digits
    "gentle": (power(0.35, 0.25, 0.02), SIZES),  # 0.85 to 0.92
    "nearly flat": (power(0.16, 0.05, 0.0), SIZES),  # 0.87 to 0.89
    "to the ceiling": (power(33.0, 1.26, 0.0), SIZES),  # 0.76 to 0.997, as digits: 2 errors in 500 are left at its end
    "steep, ends at 800": (power(1.0, 0.5, 0.01), SIZES[:-1]),  # the rate 1 lies beyond, 0.5 near the end
}


@dataclass(frozen=True)
class Setting:
    curve: str
    noise: str
    n_test: int
    seeds: int
    rate: float


def study(setting: Setting, rng: np.random.Generator) -> tuple[Grid, dict[ArmId, dict[int, NDArray[np.float32]]]]:
    curve, sizes = CURVES[setting.curve]
    worth = {ArmId("real", n, 0): float(n) for n in sizes}
    worth |= {ArmId("mix", N, m): N + setting.rate * m for m in (200, 400, M)}
    worth |= {ArmId("synthetic", 0, m): 60 + m / 20 for m in (200, 400, M)}
    worth |= {ArmId("copy", N, M): N, ArmId("oracle", N, M): N + M}
    size = np.array(list(worth.values()))
    sd = np.full(len(size), 0.004) if setting.noise == "equal" else 0.006 * (size / N) ** -0.5
    mean = np.array([curve(n) for n in size])
    shape = (len(size), setting.seeds)
    metric = mean[:, None] + rng.normal(0, SEED_EFFECT, setting.seeds) + rng.normal(size=shape) * sd[:, None]
    influences: dict[ArmId, dict[int, NDArray[np.float32]]] = {}
    if setting.n_test:
        ability = stats.norm.ppf(np.clip(metric, 0.01, 0.999)) * np.sqrt(1 + SHARPNESS**2)
        chance = special.ndtr((ability[..., None] - rng.normal(size=setting.n_test)) / SHARPNESS)
        right = (rng.random(chance.shape) < chance).astype(np.float32)
        metric = right.mean(-1, dtype=np.float64)
        left = right - metric[..., None].astype(np.float32)
        influences = {arm: dict(enumerate(left[i])) for i, arm in enumerate(worth)}
    cells = itertools.product(enumerate(worth), range(setting.seeds))
    return Grid(Observation(arm, s, float(metric[i, s])) for (i, arm), s in cells), influences


def one(setting: Setting, replicate: int) -> tuple[bool, float, bool]:
    """Whether the interval holds the truth, its length (NaN where open), and whether it is open at an end."""
    # equal for all settings of a replicate: settings are compared on the same draws
    grid, influences = study(setting, np.random.default_rng([replicate, setting.seeds]))
    rate: Bounds = Exchange(grid, influences or None).rate(ArmId("mix", N, M), N)
    held = (rate.low is None or rate.low <= setting.rate) and (rate.high is None or rate.high >= setting.rate)
    if rate.low is None or rate.high is None:
        return held, np.nan, True
    return held, rate.high - rate.low, False


def row(setting: Setting, replicates: int) -> str:
    held, lengths, opened = zip(*(one(setting, r) for r in range(replicates)), strict=True)
    share = float(np.mean(held))
    below, above = PROMISED
    mark = "**" if share < below - 0.01 else ""
    over = " (wide)" if share > above + 0.01 else ""
    length = "-" if all(np.isnan(lengths)) else f"{np.nanmedian(lengths):.2f}"
    return (
        f"| {setting.curve} | {setting.noise} | {setting.n_test or 'all'} | {setting.seeds} | {setting.rate:g} "
        f"| {mark}{100 * share:.1f}{mark}{over} | {length} | {100 * np.mean(opened):.0f} |"
    )


def asked(script: str, description: str) -> argparse.Namespace:
    """The options of a simulation, its title told and how it was made."""
    options = argparse.ArgumentParser(description=description.splitlines()[0])
    options.add_argument("--replicates", type=int, default=1000)
    options.add_argument("--workers", type=int, default=os.cpu_count())
    options.add_argument("--curves", nargs="+", choices=CURVES, default=[*CURVES], help="real curves, by name")
    chosen = options.parse_args()
    given = f"--replicates {chosen.replicates}"
    if chosen.curves != [*CURVES]:
        given += f" --curves {' '.join(map(shlex.quote, chosen.curves))}"
    print(f"Made by `python benchmark/simulations/{script} {given}`; its first lines say how.")
    error = 100 * np.sqrt(0.95 * 0.05 / chosen.replicates)
    print(f"Standard error of a coverage of 95 %: {error:.1f} points.", end=" ")
    return chosen


def print_rows(row: Callable[[Setting, int], str], settings: Sequence[Setting], chosen: argparse.Namespace) -> None:
    """A line for each setting, as soon as it is there."""
    start = time.perf_counter()
    settings = [setting for setting in settings if setting.curve in chosen.curves]
    with ProcessPoolExecutor(chosen.workers) as pool:
        for text in pool.map(row, settings, itertools.repeat(chosen.replicates)):
            print(text, flush=True)
            print(".", end="", file=sys.stderr, flush=True)
    print(f"\n{len(settings)} settings in {time.perf_counter() - start:.0f} s on {chosen.workers} cores.")


def main() -> None:
    print("# Coverage of the exchange rate's 95 % interval\n")
    chosen = asked("coverage.py", __doc__ or "")
    settings = [
        Setting(curve, noise, n_test, seeds, rate)
        for n_test, curve, noise, seeds, rate in itertools.product(
            (500, 150, 0), CURVES, ("equal", "unequal"), (3, 5), RATES
        )
        if n_test == 500 or (n_test == 0 and curve in ("steep", "nearly flat")) or (n_test == 150 and curve == "gentle")
    ]
    print("Bold: more than one point below 93 %;")
    print("(wide): more than one point above 97 %, the interval is longer than it need be. Open: the interval reaches")
    print("an end of the measured curve, where it says so in place of a number; the length is of the others.\n")
    print("| real curve | noise | test images | seeds | true rate | coverage, % | median length | open, % |")
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    print_rows(row, settings, chosen)


if __name__ == "__main__":
    main()
