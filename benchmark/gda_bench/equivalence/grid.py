"""The table of results as the estimators see it.

Model: value(arm, seed) = mean(arm) + effect(seed) + noise. Arms of a seed share their real images and initial
weights, so a seed's common effect moves all arms together, and cancels where arms are compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gda_bench.equivalence.two_way import residuals


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

    values: by arm, by seed. residuals: by arm, by seed, what arm means and seed effects leave. pooled_sd, dof: the
    noise of one cell and its degrees of freedom, pooled over all cells; dof = 0 where there is but one seed.
    """

    def __init__(self, observations: Iterable[Observation]) -> None:
        self.values: dict[ArmId, dict[int, float]] = {}
        for o in observations:
            self.values.setdefault(o.arm, {})[o.seed] = o.value
        self._place = {seed: i for i, seed in enumerate(sorted({s for of in self.values.values() for s in of}))}
        self._scores: dict[ArmId, tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
        self.residuals, self.dof = self._residuals()
        squares = sum(r * r for by_seed in self.residuals.values() for r in by_seed.values())
        self.pooled_sd = float(np.sqrt(squares / self.dof)) if self.dof else 0.0

    @cached_property
    def means(self) -> dict[ArmId, float]:
        """Mean over seeds of every arm."""
        return {arm: float(np.mean(list(by_seed.values()))) for arm, by_seed in self.values.items()}

    def mean(self, arm: ArmId) -> float:
        """Mean over seeds."""
        return self.means[arm]

    def sd(self, arm: ArmId) -> float | None:
        """Standard deviation over seeds, seed effects included; None for one seed."""
        values = list(self.values[arm].values())
        return float(np.std(values, ddof=1)) if len(values) > 1 else None

    def seeds(self, arm: ArmId) -> int:
        """How many seeds ended well."""
        return len(self.values[arm])

    def scores(self, arm: ArmId) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Its seeds, as places among all seeds in ascending order, and its values at them, both (S,)."""
        if arm not in self._scores:
            places = {self._place[seed]: value for seed, value in self.values[arm].items()}
            self._scores[arm] = np.array(sorted(places), np.int64), np.array([places[i] for i in sorted(places)])
        return self._scores[arm]

    def arms(self, *names: str) -> list[ArmId]:
        """The arms of these kinds, by size."""
        return sorted(a for a in self.values if a.arm in names)

    def real_sizes(self) -> NDArray[np.int64]:
        """n' of the real curve, ascending."""
        return np.array([a.n_real for a in self.arms("real")], np.int64)

    def _residuals(self) -> tuple[dict[ArmId, dict[int, float]], int]:
        cells = [(arm, seed, value) for arm, by_seed in self.values.items() for seed, value in by_seed.items()]
        if not cells:
            return {}, 0
        row = {arm: i for i, arm in enumerate(self.values)}
        left, dof = residuals(
            np.array([row[arm] for arm, _, _ in cells]),
            np.array([self._place[seed] for _, seed, _ in cells]),
            np.array([value for _, _, value in cells]),
        )
        found: dict[ArmId, dict[int, float]] = {arm: {} for arm in self.values}
        for (arm, seed, _), value in zip(cells, left.tolist(), strict=True):
            found[arm][seed] = value
        return found, dof
