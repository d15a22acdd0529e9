"""Tiers, not ranks: entries that cannot be told apart share one.

Every pair is compared on the seeds it shares, and the p values are adjusted together (Holm 1979), so that with many
entries the chance of parting two equal ones anywhere stays at the level.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests

from gda_bench.equivalence.grid import ArmId, Grid, Observation
from gda_bench.equivalence.noise import Noise

ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Placed:
    """tier: 1 is best. mean: of the entry's scores."""

    name: str
    tier: int
    mean: float


def tiers(scores: Mapping[str, Mapping[int, float]], alpha: float = ALPHA) -> list[Placed]:
    """Place entries by their scores (higher is better), each by seed; best first, ties by name.

    The best entry opens a tier; an entry that is worse than its tier's first beyond chance opens the next. With one
    seed nothing can be told apart, and all share one tier.
    """
    entries = {name: ArmId(name, 0, 0) for name in scores}
    grid = Grid(Observation(entries[name], s, v) for name, by_seed in scores.items() for s, v in by_seed.items())
    order = sorted(entries, key=lambda name: (-grid.mean(entries[name]), name))
    apart = _apart(grid, entries, order, alpha)
    placed: list[Placed] = []
    first, tier = "", 0
    for name in order:
        if not first or (first, name) in apart:
            first, tier = name, tier + 1
        placed.append(Placed(name, tier, grid.mean(entries[name])))
    return placed


def _apart(grid: Grid, entries: Mapping[str, ArmId], order: list[str], alpha: float) -> set[tuple[str, str]]:
    """The pairs (better, worse) that differ beyond chance."""
    pairs = list(combinations(order, 2))
    if not grid.dof or not pairs:
        return set()
    noise = Noise(grid)
    p = [_p_value(grid, noise, entries[a], entries[b]) for a, b in pairs]
    rejected = multipletests(p, alpha, method="holm")[0]
    return {pair for pair, differs in zip(pairs, rejected, strict=True) if differs}


def _p_value(grid: Grid, noise: Noise, a: ArmId, b: ArmId) -> float:
    shared = sorted(grid.values[a].keys() & grid.values[b].keys())
    difference = (
        float(np.mean([grid.values[a][s] - grid.values[b][s] for s in shared]))
        if shared
        else grid.mean(a) - grid.mean(b)
    )
    spread = noise.spread([a, b], np.array([[1.0, -1.0]]))
    scale = float(np.sqrt(spread.variance[0]))
    if scale == 0:
        return float(difference == 0)
    return float(2 * stats.t.sf(abs(difference) / scale, spread.dof[0]))
