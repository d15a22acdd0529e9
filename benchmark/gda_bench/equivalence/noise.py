"""The noise of a contrast between arms: between seeds, and of the finite test set.

A contrast is a weighted sum of arm means, such as a mix minus the real curve at some size. Seed by seed it is a
number in which what the seed does to all arms has cancelled, and those numbers' variance is the contrast's own. With
3 or 5 seeds that variance is known poorly, so it is moderated as in limma (Smyth 2004, "Linear models and empirical
Bayes methods", Stat. Appl. Genet. Mol. Biol. 3:3): drawn towards what the other arms' residuals predict, the more the
more alike the arms are. The prediction follows a line in the arms' means (limma's trend), because low scores are
noisier than high ones.

The test set is the same for all arms and seeds, so its noise cannot be seen between seeds. It is estimated from
per-example influences, across different seeds only: what repeats from seed to seed belongs to the examples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce

import numpy as np
from numpy.typing import NDArray
from scipy import special

from gda_bench.equivalence.grid import ArmId, Grid

F64 = NDArray[np.float64]
Influences = Mapping[ArmId, Mapping[int, NDArray[np.float32]]]
"""By arm, by seed: the influence on the metric of each test example, or of each group of them that is no two
observations, (N,), mean 0; the metric moves by their mean."""

SMALLEST = 0.01
"""Of the pooled variance: a smaller variance of one arm is scores that tie by rounding."""
ARMS_FOR_A_TREND = 6


@dataclass(frozen=True, slots=True)
class Spread:
    """Variance of contrasts (X,), its part from the test set, and the degrees of freedom of the whole."""

    variance: F64
    test_variance: F64
    dof: F64


class Noise:
    """The noise model of one grid. influences: of the cells whose predictions are known; None leaves out the noise of
    the test set. Needs grid.dof > 0."""

    def __init__(self, grid: Grid, influences: Influences | None = None) -> None:
        self.grid = grid
        self._influences = influences or {}
        self._arm_variance, self._prior_dof = self._moderation()
        self._shared: dict[tuple[ArmId, ArmId], float] = {}

    @property
    def knows_the_test_set(self) -> bool:
        """Whether the noise of the finite test set is part of the spread."""
        return bool(self._influences)

    @property
    def test_units(self) -> int | None:
        """Independent parts of the test set: its examples, or the groups that they are of; None where unknown."""
        known = (len(values) for of_arm in self._influences.values() for values in of_arm.values())
        return next(known, None)

    def spread(self, arms: Sequence[ArmId], weights: F64) -> Spread:
        """Of the contrasts with these weights (X, A) of the arms' means (A)."""
        involved = [i for i in range(len(arms)) if np.any(weights[:, i])]
        arms, weights = [arms[i] for i in involved], weights[:, involved]
        between, dof = self._between_seeds(arms, weights)
        within = self._test_variance(arms, weights)
        with np.errstate(invalid="ignore", divide="ignore"):
            total_dof = np.where(between > 0, (between + within) ** 2 / (between**2 / dof), dof)
        return Spread(between + within, within, total_dof)

    def _between_seeds(self, arms: Sequence[ArmId], weights: F64) -> tuple[F64, F64]:
        expected = np.array([self._arm_variance[arm] for arm in arms])
        seeds = np.array([self.grid.seeds(arm) for arm in arms], np.float64)
        prior = weights**2 @ expected
        scores = [self.grid.scores(arm) for arm in arms]
        shared = reduce(partial(np.intersect1d, assume_unique=True), (own_seeds for own_seeds, _ in scores))
        if len(shared) < 2:  # arms that share no seeds are compared as independent
            return weights**2 @ (expected / seeds), np.full(len(weights), float(self.grid.dof))
        table = np.array([values[np.searchsorted(own_seeds, shared)] for own_seeds, values in scores])
        own = np.var(weights @ table, axis=1, ddof=1)
        own_dof = len(shared) - 1
        variance = (self._prior_dof * prior + own_dof * own) / (self._prior_dof + own_dof)
        with np.errstate(invalid="ignore", divide="ignore"):
            # of one seed's contrast to that of the means: 1 / seeds where all arms have as many
            share = np.where(prior > 0, weights**2 @ (expected / seeds) / prior, 1 / len(shared))
        dof = min(self._prior_dof + own_dof, max(self.grid.dof, own_dof))
        return variance * share, np.full(len(weights), float(dof))

    def _moderation(self) -> tuple[dict[ArmId, float], float]:
        """The predicted variance of a cell of each arm, and how many degrees of freedom the prediction is worth."""
        grid, pooled = self.grid, self.grid.pooled_sd**2
        arms = [arm for arm in grid.values if grid.seeds(arm) > 1]
        total = sum(grid.seeds(arm) - 1 for arm in arms)
        if len(arms) < 2 or pooled == 0:
            return dict.fromkeys(grid.values, pooled), float(grid.dof)
        dof = np.array([(grid.seeds(arm) - 1) * grid.dof / total for arm in arms])
        squares = np.array([sum(r * r for r in grid.residuals[arm].values()) for arm in arms])
        means = np.array([grid.mean(arm) for arm in arms])
        trend, prior_dof = moderate(np.maximum(squares / dof, SMALLEST * pooled), dof, means)
        predicted = trend(np.array([grid.mean(arm) for arm in grid.values]))
        return dict(zip(grid.values, predicted.tolist(), strict=True)), min(prior_dof, float(grid.dof))

    def _test_variance(self, arms: Sequence[ArmId], weights: F64) -> F64:
        if not self._influences:
            return np.zeros(len(weights))
        covariance = np.array([[self._covariance(a, b) for b in arms] for a in arms])
        variance: F64 = np.maximum(np.einsum("xi,ij,xj->x", weights, covariance, weights), 0.0)
        return variance

    def _covariance(self, a: ArmId, b: ArmId) -> float:
        pair = (a, b) if a <= b else (b, a)
        if pair not in self._shared:
            mine, theirs = self._influences.get(pair[0], {}), self._influences.get(pair[1], {})
            self._shared[pair] = shared_covariance(mine, theirs)
        return self._shared[pair]


def shared_covariance(mine: Mapping[int, NDArray[np.float32]], theirs: Mapping[int, NDArray[np.float32]]) -> float:
    """Covariance of two arms' mean metrics over draws of the test set, from pairs of different seeds; 0 for none."""
    common = mine.keys() & theirs.keys()
    pairs = len(mine) * len(theirs) - len(common)
    if not pairs:
        return 0.0
    sums = [np.stack(list(arm.values())).sum(axis=0, dtype=np.float64) for arm in (mine, theirs)]
    same_seed = sum(float(mine[s].astype(np.float64) @ theirs[s].astype(np.float64)) for s in common)
    n = len(sums[0])
    return (float(sums[0] @ sums[1]) - same_seed) / pairs / n**2


class Trend:
    """ln variance as a line in the mean, or a constant."""

    def __init__(self, intercept: float, slope: float, centre: float, floor: float, ceiling: float) -> None:
        self._line = intercept, slope, centre
        self._within = floor, ceiling

    def raised(self, by: float) -> Trend:
        """The same line, so much higher in ln variance."""
        intercept, slope, centre = self._line
        return Trend(intercept + by, slope, centre, self._within[0] + by, self._within[1] + by)

    def __call__(self, means: F64) -> F64:
        intercept, slope, centre = self._line
        return np.asarray(np.exp(np.clip(intercept + slope * (means - centre), *self._within)))


def moderate(variances: F64, dof: F64, means: F64) -> tuple[Trend, float]:
    """Empirical Bayes of arm variances (A,) with their dof (A,) and means (A,): the trend, and its prior dof.

    Smyth 2004, section 6.2, on the logarithms of the variances; infinite prior dof says that the arms differ by no
    more than chance. The trend never leaves the range of the arms' own logarithms.
    """
    z = np.log(variances)
    e = z - special.digamma(dof / 2) + np.log(dof / 2)
    centre = float(np.mean(means))
    weight = 1 / special.polygamma(1, dof / 2)
    terms = np.column_stack([np.ones_like(e), means - centre])
    if len(e) < ARMS_FOR_A_TREND or np.ptp(means) == 0:
        terms = terms[:, :1]
    root = np.sqrt(weight)
    solved = np.linalg.lstsq(terms * root[:, None], e * root, rcond=None)[0]
    left = e - terms @ solved
    excess = float(np.sum(left**2) / (len(e) - terms.shape[1]) - np.mean(special.polygamma(1, dof / 2)))
    prior_dof = 2 * inverse_trigamma(excess) if excess > 0 else np.inf
    shift = 0.0 if np.isinf(prior_dof) else float(special.digamma(prior_dof / 2) - np.log(prior_dof / 2))
    slope = float(solved[1]) if len(solved) > 1 else 0.0
    trend = Trend(float(solved[0]) + shift, slope, centre, float(z.min()) - 1, float(z.max()) + 1)
    if np.isinf(prior_dof):  # only the trend sets the arms apart: its height by the variances themselves is surer
        trend = trend.raised(float(np.log(np.sum(dof * variances / trend(means)) / np.sum(dof))))
    return trend, float(prior_dof)


def inverse_trigamma(x: float) -> float:
    """y with trigamma(y) = x, by Newton steps on 1 / trigamma, which is nearly linear (Smyth 2004, appendix)."""
    if x > 1e7:
        return float(1 / np.sqrt(x))
    if x < 1e-6:
        return 1 / x
    y = 0.5 + 1 / x
    for _ in range(50):
        value = float(special.polygamma(1, y))
        step = value * (1 - value / x) / float(special.polygamma(2, y))
        y += step
        if -step / y < 1e-8:
            break
    return y
