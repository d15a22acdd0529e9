"""The noise model against independent implementations, and on draws whose spread is known."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import special, stats
from sklearn.metrics import roc_auc_score

from gda_bench.equivalence.grid import ArmId, Grid, Observation
from gda_bench.equivalence.noise import Noise, inverse_trigamma, moderate
from gda_bench.equivalence.two_way import residuals
from gda_bench.metrics import influence, judged, score


def arm(i: int) -> ArmId:
    return ArmId("mix", 100, i + 1)


def grid_of(table: NDArray[np.float64], holes: set[tuple[int, int]] = frozenset()) -> Grid:  # type: ignore[assignment]
    return Grid(
        Observation(arm(a), s, float(table[a, s]))
        for a in range(table.shape[0])
        for s in range(table.shape[1])
        if (a, s) not in holes
    )


@pytest.mark.parametrize("holes", [set(), {(0, 1)}, {(0, 0), (1, 2), (3, 1)}])
def test_residuals_are_those_of_statsmodels_two_way_anova(holes: set[tuple[int, int]]) -> None:
    rng = np.random.default_rng(1)
    cells = [(a, s) for a in range(5) for s in range(4) if (a, s) not in holes]
    row, column = np.array([a for a, _ in cells]), np.array([s for _, s in cells])
    value = 0.9 + 0.01 * row + 0.02 * column + rng.normal(scale=0.01, size=len(cells))
    design = np.column_stack([*(row == a for a in range(5)), *(column == s for s in range(1, 4))]).astype(float)
    fitted = sm.OLS(value, design).fit()
    ours, dof = residuals(row, column, value)
    np.testing.assert_allclose(ours, fitted.resid, atol=1e-9)
    assert dof == fitted.df_resid


def test_two_arms_are_compared_by_a_paired_t_test() -> None:
    table = np.random.default_rng(2).normal(0.9, 0.01, size=(2, 5))
    spread = Noise(grid_of(table)).spread([arm(0), arm(1)], np.array([[1.0, -1.0]]))
    paired = stats.ttest_rel(table[0], table[1])
    assert (table[0] - table[1]).mean() / np.sqrt(spread.variance[0]) == pytest.approx(paired.statistic)
    assert spread.dof[0] == pytest.approx(paired.df)


def test_arms_without_shared_seeds_are_compared_as_independent() -> None:
    rng = np.random.default_rng(3)
    grid = Grid(Observation(arm(a), 100 * a + s, rng.normal(0.9, 0.01)) for a in range(8) for s in range(50))
    spread = Noise(grid).spread([arm(0), arm(1)], np.array([[1.0, -1.0]]))
    assert spread.variance[0] == pytest.approx(2 * 0.01**2 / 50, rel=0.3)


@pytest.mark.parametrize("slope", [0.0, 4.0])
def test_noise_that_depends_on_the_score_is_followed(slope: float) -> None:
    rng = np.random.default_rng(4)
    means = np.linspace(0.6, 0.95, 12)
    sd = 0.01 * np.exp(-slope * (means - means.mean()))
    ratios = []
    for _ in range(200):
        table = means[:, None] + rng.normal(size=(12, 5)) * sd[:, None]
        variance = Noise(grid_of(table)).spread([arm(0), arm(1)], np.array([[1.0, -1.0]])).variance[0]
        ratios.append(variance * 5 / (sd[0] ** 2 + sd[1] ** 2))
    # taking seed effects out mixes the arms a little; pooled over all arms the ratio would be 0.4 at the slope 4
    assert np.median(ratios) == pytest.approx(1, rel=0.25)


@given(st.floats(1e-4, 1e4))
def test_the_inverse_trigamma_is_one(x: float) -> None:
    assert special.polygamma(1, inverse_trigamma(x)) == pytest.approx(x, rel=1e-5)


def test_equal_variances_are_pooled_and_unequal_ones_are_not() -> None:
    rng = np.random.default_rng(5)
    dof, means = np.full(200, 4.0), np.full(200, 0.9)
    equal = rng.chisquare(4, 200) / 4
    assert moderate(equal, dof, means)[1] > 20
    prior = 6.0
    true = prior / rng.chisquare(prior, 4000)
    trend, found = moderate(true * rng.chisquare(4, 4000) / 4, np.full(4000, 4.0), np.full(4000, 0.9))
    assert found == pytest.approx(prior, rel=0.2)
    assert float(trend(np.array([0.9]))[0]) == pytest.approx(1, rel=0.1)


def answers(rng: np.random.Generator, n_test: int, seeds: int) -> NDArray[np.float32]:
    """Two arms of equal ability on one test set: right or wrong, (2, seeds, n_test)."""
    difficulty = rng.normal(size=n_test)
    chance = special.ndtr((np.array([1.5, 1.4])[:, None, None] - difficulty) / 0.5)
    return (rng.random((2, seeds, n_test)) < chance).astype(np.float32)


def test_the_noise_of_the_test_set_is_what_repeats_from_seed_to_seed() -> None:
    """Over many test sets, seeds' own flips apart, the means of 2 arms move as the estimate says."""
    rng = np.random.default_rng(6)
    moved, said = [], []
    for _ in range(300):
        right = answers(rng, 300, 40)
        moved.append(right[0].mean())
        left = right - right.mean(2, keepdims=True)
        influences = {arm(a): dict(enumerate(left[a])) for a in range(2)}
        grid = grid_of(right.mean(2, dtype=np.float64))
        said.append(Noise(grid, influences).spread([arm(0), arm(1)], np.array([[1.0, 0.0]])).test_variance[0])
    assert np.mean(said) == pytest.approx(np.var(moved), rel=0.2)


def test_without_predictions_there_is_no_noise_of_the_test_set() -> None:
    noise = Noise(grid_of(np.random.default_rng(7).normal(size=(3, 3))))
    assert not noise.knows_the_test_set
    assert noise.spread([arm(0), arm(1)], np.array([[1.0, -1.0]])).test_variance[0] == 0


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy", "auc"])
@pytest.mark.parametrize("classes", [2, 4])
def test_influences_are_what_the_metric_does_without_the_example(metric: str, classes: int) -> None:
    rng = np.random.default_rng(8)
    n = 400
    y = rng.integers(0, classes, n).astype(np.int64)
    logits = rng.normal(size=(n, classes)) + 1.2 * np.eye(classes)[y]
    proba = special.softmax(logits, axis=1).astype(np.float32)
    found = influence(y, proba.argmax(1), metric, judged(proba))  # type: ignore[arg-type]
    assert abs(found.mean()) < 1e-6
    whole = score(y, proba)[metric]
    for i in range(0, n, 37):
        without = np.arange(n) != i
        jackknife = (n - 1) * (whole - score(y[without], proba[without])[metric])
        assert found[i] == pytest.approx(jackknife, abs=0.05)


def test_the_variance_of_an_auc_is_that_of_a_bootstrap() -> None:
    rng = np.random.default_rng(9)
    y = (rng.random(300) < 0.4).astype(np.int64)
    p = special.expit(rng.normal(size=300) + 1.3 * y)
    proba = np.column_stack([1 - p, p]).astype(np.float32)
    draws = []
    for _ in range(1000):
        i = rng.integers(0, 300, 300)
        draws.append(roc_auc_score(y[i], p[i]))
    delong = np.sqrt(np.mean(influence(y, proba.argmax(1), "auc", judged(proba)).astype(float) ** 2) / 300)
    assert delong == pytest.approx(np.std(draws), rel=0.1)
