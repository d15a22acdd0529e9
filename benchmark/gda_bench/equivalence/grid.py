"""The table of results as the estimators see it, and the noise they share.

Model: value(arm, seed) = mean(arm) + effect(seed) + noise. Arms of a seed share their real images and initial
weights, so a seed's common effect moves all arms together, and cancels where arms are compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, order=True)
class ArmId:
    """arm: real, mix, synthetic, copy or oracle."""

    arm: str
    n_real: int
    n_synth: int


@dataclass(frozen=True, slots=True)
class Observation:
    """One classifier's score."""

    arm: ArmId
    seed: int
    value: float


class Grid:
    """All observations of one metric.

    values: by arm, by seed. pooled_sd, dof: the noise of one cell and its degrees of freedom, pooled over all cells
    after arm means and seed effects are taken out; dof = 0 where there is but one seed.
    """

    def __init__(self, observations: Iterable[Observation]) -> None:
        self.values: dict[ArmId, dict[int, float]] = {}
        for o in observations:
            self.values.setdefault(o.arm, {})[o.seed] = o.value
        self.pooled_sd, self.dof = self._noise()

    def mean(self, arm: ArmId) -> float:
        """Mean over seeds."""
        return float(np.mean(list(self.values[arm].values())))

    def sd(self, arm: ArmId) -> float | None:
        """Standard deviation over seeds, seed effects included; None for one seed."""
        values = list(self.values[arm].values())
        return float(np.std(values, ddof=1)) if len(values) > 1 else None

    def seeds(self, arm: ArmId) -> int:
        """How many seeds ended well."""
        return len(self.values[arm])

    def arms(self, *names: str) -> list[ArmId]:
        """The arms of these kinds, by size."""
        return sorted(a for a in self.values if a.arm in names)

    def real_sizes(self) -> NDArray[np.int64]:
        """n' of the real curve, ascending."""
        return np.array([a.n_real for a in self.arms("real")], np.int64)

    def _noise(self) -> tuple[float, int]:
        cells = [(a, s, v) for a, by_seed in self.values.items() for s, v in by_seed.items()]
        arms = sorted(self.values)
        seeds = sorted({s for _, s, _ in cells})
        if len(seeds) < 2:
            return 0.0, 0
        design = np.zeros((len(cells), len(arms) + len(seeds)))
        for i, (arm, seed, _) in enumerate(cells):
            design[i, arms.index(arm)] = 1
            design[i, len(arms) + seeds.index(seed)] = 1
        y = np.array([v for _, _, v in cells])
        fitted, _, rank, _ = np.linalg.lstsq(design, y, rcond=None)
        dof = len(cells) - int(rank)
        if dof < 1:
            return 0.0, 0
        return float(np.sqrt(np.sum((y - design @ fitted) ** 2) / dof)), dof
