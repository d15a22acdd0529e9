"""The estimators on grids whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gda_bench.equivalence.curve import RealCurve
from gda_bench.equivalence.exchange import Exchange
from gda_bench.equivalence.grid import ArmId, Grid, Observation
from gda_bench.equivalence.verdict import judge

SIZES = [50, 100, 200, 400, 800, 1600]
N, M = 200, 400


def truth(n: float) -> float:
    return 0.95 - 2.0 * n**-0.5


def grid(rho: float, seeds: int = 5, noise: float = 0.003, seed: int = 0) -> tuple[Grid, ArmId]:
    rng = np.random.default_rng(seed)
    mix = ArmId("mix", N, M)
    values = {ArmId("real", n, 0): truth(n) for n in SIZES} | {mix: truth(N + rho * M)}
    shared = rng.normal(scale=0.01, size=seeds)
    return (
        Grid(
            Observation(arm, s, mean + shared[s] + rng.normal(scale=noise))
            for arm, mean in values.items()
            for s in range(seeds)
        ),
        mix,
    )


@pytest.mark.parametrize("rho", [-0.2, 0.0, 0.25, 1.0])
def test_a_known_exchange_rate_is_recovered(rho: float) -> None:
    data, mix = grid(rho, noise=1e-4)
    rate = Exchange(data).rate(mix, N)
    assert rate.estimate == pytest.approx(rho, abs=0.06)
    assert rate.low is not None
    assert rate.high is not None
    assert rate.low < rate.estimate < rate.high


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """A coarse check; the full simulation belongs to the benchmarks."""
    hits = 0
    for seed in range(60):
        data, mix = grid(0.25, seeds=3, seed=seed)
        rate = Exchange(data).rate(mix, N)
        hits += (rate.low is None or rate.low <= 0.25) and (rate.high is None or rate.high >= 0.25)
    assert hits >= 52


def test_pooled_noise_leaves_out_what_a_seed_moves_in_all_arms() -> None:
    data, _ = grid(0.0, seeds=40, noise=0.004)
    assert data.pooled_sd == pytest.approx(0.004, rel=0.15)
    assert data.dof == 6 * 39


def test_above_the_curve_is_a_bound_and_no_number() -> None:
    data, mix = grid(8.0, noise=1e-4)
    worth = Exchange(data).real_equivalent(mix)
    assert (worth.censored, worth.estimate, worth.high) == ("above", 1600, None)
    assert worth.low is not None
    assert worth.low <= 1600
    verdict, sentence = judge(worth, worth.scaled(N, 1 / M), mix, "t", "g", judged=True)
    assert verdict == "censored"
    assert "at least" in sentence


def test_below_the_curve_is_a_bound_too() -> None:
    data, mix = grid(-0.45, noise=1e-4)
    worth = Exchange(data).real_equivalent(mix)
    assert (worth.censored, worth.estimate, worth.low) == ("below", 50, None)
    assert judge(worth, worth.scaled(N, 1 / M), mix, "t", "g", judged=True)[0] == "harmful"


def test_a_flat_curve_says_so() -> None:
    rng = np.random.default_rng(0)
    arms = [*(ArmId("real", n, 0) for n in SIZES), mix := ArmId("mix", N, M)]
    data = Grid(Observation(arm, s, 0.8 + rng.normal(scale=0.01)) for arm in arms for s in range(3))
    worth = Exchange(data).real_equivalent(mix)
    assert worth.censored == "flat"
    assert judge(worth, worth.scaled(N, 1 / M), mix, "t", "g", judged=True)[0] == "censored"


@pytest.mark.parametrize("rho", [-0.45, 0.25, 8.0])
def test_a_single_seed_gives_no_interval_and_no_verdict(rho: float) -> None:
    data, mix = grid(rho, seeds=1)
    rate = Exchange(data).rate(mix, N)
    assert (rate.low, rate.high) == (None, None)
    verdict, sentence = judge(Exchange(data).real_equivalent(mix), rate, mix, "t", "g", judged=False)
    assert verdict == "not-established"
    assert "single seed" in sentence


def test_equal_grids_give_equal_intervals() -> None:
    (a, mix), (b, _) = grid(0.25), grid(0.25)
    assert Exchange(a).rate(mix, N) == Exchange(b).rate(mix, N)


@pytest.mark.parametrize(("rho", "verdict"), [(0.5, "established"), (-0.3, "harmful"), (0.0, "not-established")])
def test_verdicts(rho: float, verdict: str) -> None:
    data, mix = grid(rho)
    exchange = Exchange(data)
    assert judge(exchange.real_equivalent(mix), exchange.rate(mix, N), mix, "t", "g", judged=True)[0] == verdict


@given(st.lists(st.floats(0.1, 0.9), min_size=2, max_size=8), st.floats(0, 1))
def test_inversion_undoes_the_curve_wherever_it_rises(means: list[float], share: float) -> None:
    n = np.geomspace(10, 1000, len(means))
    curve = RealCurve(n, means)
    at = float(np.exp(np.log(n[0]) + share * (np.log(n[-1]) - np.log(n[0]))))
    value = float(curve(at))
    back = curve.inverse(value)
    if 0 < back < np.inf:
        assert float(curve(np.clip(back, n[0], n[-1]))) == pytest.approx(value, abs=2e-3)


@given(st.lists(st.floats(0.1, 0.9), min_size=2, max_size=8))
def test_the_curve_never_falls_and_never_extrapolates(means: list[float]) -> None:
    n = np.geomspace(10, 1000, len(means))
    curve = RealCurve(n, means)
    values = curve(np.geomspace(10, 1000, 50)[1:-1])
    assert (np.diff(values) >= -1e-9).all()
    assert np.isnan(curve(9.0))
    assert np.isnan(curve(1001.0))
    assert curve.inverse(0.95) == np.inf
    assert curve.inverse(0.05) == 0
