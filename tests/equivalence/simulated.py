"""Grids from a known real curve and a known worth of synthetic images."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from gda_bench.equivalence.grid import ArmId, Grid, Observation

SIZES = (62, 125, 250, 500, 1000, 2000, 4000, 8000, 16000)
RATIOS = (0.5, 1, 2, 4, 8, 16, 32)


def truth(n: float) -> float:
    return 1 - 0.03 - 1.7 * max(n, SIZES[0]) ** -0.42


def simulate(
    worth: Callable[[float, float], float],
    *,
    bases: Sequence[int] = (250, 500, 1000),
    ratios: Sequence[float] = RATIOS,
    sizes: Sequence[int] = SIZES,
    seeds: int = 5,
    noise: float = 0.005,
    curve: Callable[[float], float] = truth,
    seed: int = 0,
) -> Grid:
    """worth(n, m) is the true n_eq."""
    rng = np.random.default_rng(seed)
    means = {ArmId("real", n, 0): curve(n) for n in sizes}
    means |= {ArmId("mix", n, round(n * r)): curve(worth(n, round(n * r))) for n in bases for r in ratios}
    shared = rng.normal(scale=0.01 if noise > 1e-4 else 0, size=seeds)
    return Grid(
        Observation(arm, s, mean + float(shared[s]) + float(rng.normal(scale=noise)))
        for arm, mean in means.items()
        for s in range(seeds)
    )
