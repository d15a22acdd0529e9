"""Exponents against linear regression as others do it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from gda_bench.equivalence.grid import ArmId, Grid, Observation
from gda_bench.equivalence.scaling import scaling

SIZES = [100, 200, 400, 800, 1600]


def grid(errors: dict[int, list[float]], arm: str = "real") -> Grid:
    return Grid(
        Observation(ArmId(arm, size, 0) if arm == "real" else ArmId(arm, 0, size), seed, 1 - error)
        for size, by_seed in errors.items()
        for seed, error in enumerate(by_seed)
    )


@given(st.floats(-1, -0.05), st.sampled_from(["real", "synthetic"]))
def test_an_exact_line_has_its_slope(slope: float, arm: str) -> None:
    found = scaling(grid({n: [0.9 * (n / 100) ** slope] * 3 for n in SIZES}, arm), arm)  # type: ignore[arg-type]
    assert found is not None
    assert found.slope.estimate == pytest.approx(slope)
    assert found.slope.low == pytest.approx(slope)
    assert found.sizes == SIZES


@given(st.integers(0, 1000), st.integers(2, 6))
def test_it_is_the_mean_regression_with_a_t_interval(seed: int, seeds: int) -> None:
    rng = np.random.default_rng(seed)
    errors = {n: (1.5 * n**-0.4 * np.exp(rng.normal(scale=0.1, size=seeds))).tolist() for n in SIZES}
    found = scaling(grid(errors), "real")
    assert found is not None
    slopes = [stats.linregress(np.log(SIZES), np.log([errors[n][s] for n in SIZES])).slope for s in range(seeds)]
    low, high = stats.t.interval(0.95, seeds - 1, loc=np.mean(slopes), scale=stats.sem(slopes))
    assert (found.slope.estimate, found.slope.low, found.slope.high) == pytest.approx((np.mean(slopes), low, high))


def test_two_sizes_are_no_line() -> None:
    assert scaling(grid({100: [0.2, 0.3], 200: [0.1, 0.2]}), "real") is None
    assert scaling(grid({n: [0.2, 0.3] for n in SIZES}), "synthetic") is None


def test_a_size_without_errors_is_left_out() -> None:
    found = scaling(grid({100: [0.4, 0.4], 200: [0.2, 0.2], 400: [0.1, 0.1], 800: [0.05, 0.0]}), "real")
    assert found is not None
    assert found.sizes == [100, 200, 400]
    assert found.slope.estimate == pytest.approx(-1)


def test_one_seed_has_no_interval_and_incomplete_seeds_enter_none() -> None:
    one = scaling(grid({n: [30 / n] for n in SIZES}), "real")
    assert one is not None
    assert (one.slope.low, one.slope.high) == (None, None)
    uneven = scaling(grid({100: [0.4], 200: [0.2, 0.3], 400: [0.1, 0.3]}), "real")
    assert uneven is not None
    assert uneven.slope.estimate == pytest.approx(-1)
    assert uneven.slope.low is None


def test_the_interval_over_seeds_holds_the_truth_where_seeds_move_all_arms() -> None:
    held = 0
    for replicate in range(200):
        rng = np.random.default_rng(replicate)
        shift = rng.normal(scale=0.01, size=5)
        errors = {n: (1.7 * n**-0.42 + shift + rng.normal(scale=0.005, size=5)).tolist() for n in SIZES}
        found = scaling(grid(errors), "real")
        assert found is not None
        assert found.slope.low is not None
        assert found.slope.high is not None
        held += found.slope.low <= -0.42 <= found.slope.high
    assert 182 <= held <= 198
