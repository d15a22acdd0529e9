"""The mix to buy, against a search of everything that may be bought."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated import simulate

from gda_bench.equivalence.laws import Laws, fit_laws
from gda_bench.equivalence.mix import Kinds, Market, Prices

N, SIZES = 40, (20, 40, 80, 160)


def curve(n: float) -> float:
    return 0.95 - 1.5 * max(n, 10) ** -0.5


@functools.cache
def laws(name: str = "log", seeds: int = 5) -> Laws:
    worth = {
        "log": lambda n, m: n + n * math.log(1 + m / n) / math.log(4),
        "harmful": lambda n, m: n - 0.05 * m,
        "optimum": lambda n, m: n * (1 + math.log(1 + m / n) - 0.25 * m / n),
    }[name]
    found = fit_laws(simulate(worth, bases=(N,), ratios=(0.5, 1, 2, 4, 8), sizes=SIZES, curve=curve, noise=0.001, seeds=seeds))  # fmt: skip  # noqa: E501
    assert found is not None
    return found


def everything(found: Laws) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """n', m and metric of all mixes within what was measured."""
    pairs = [
        (n, m)
        for n in range(N, SIZES[-1] + 1)
        for m in (0, *range(math.ceil(0.5 * n), 8 * n + 1))
    ]  # fmt: skip
    n, m = (np.array(column, float) for column in zip(*pairs, strict=True))
    return n, m, found.metric(found.selected, n, m)


PRICE = st.floats(0.001, 3)


@settings(max_examples=25)
@given(PRICE, PRICE, st.floats(0.65, 0.86), st.sampled_from(["log", "optimum", "harmful"]))
def test_no_mix_that_reaches_the_target_is_cheaper(real: float, synthetic: float, target: float, name: str) -> None:
    n, m, metric = everything(laws(name))
    found = Market(laws(name), N, Prices(real, synthetic)).cheapest(target)
    reaching = metric >= target
    if not reaching.any():
        assert found is None
        return
    assert found is not None
    assert found.metric.estimate >= target
    assert found.cost == pytest.approx(((n - N) * real + m * synthetic)[reaching].min())
    assert found.cost == pytest.approx(found.extra_real * real + found.n_synth * synthetic)
    assert found.n_real == N + found.extra_real


@settings(max_examples=25)
@given(PRICE, PRICE, st.floats(0, 300), st.sampled_from(["log", "optimum", "harmful"]))
def test_no_mix_within_the_budget_is_better(real: float, synthetic: float, budget: float, name: str) -> None:
    n, m, metric = everything(laws(name))
    found = Market(laws(name), N, Prices(real, synthetic)).best(budget)
    assert found.cost <= budget + 1e-9
    affordable = (n - N) * real + m * synthetic <= budget
    assert found.metric.estimate == pytest.approx(metric[affordable].max(), abs=1e-6)


@given(st.sampled_from(["any", "real", "synthetic"]), st.floats(0.7, 0.84))
def test_only_what_was_measured_is_offered(kinds: Kinds, target: float) -> None:
    found = Market(laws(), N, Prices(1, 0.01), kinds).cheapest(target)
    if found is None:
        return
    assert N <= found.n_real <= SIZES[-1]
    assert found.n_synth == 0 or 0.5 <= found.n_synth / found.n_real <= 8
    if kinds == "real":
        assert found.n_synth == 0
    if kinds == "synthetic":
        assert found.extra_real == 0


def test_beyond_the_curve_nothing_is_offered_even_for_free() -> None:
    top = float(laws().curve.values[0, -1])
    assert Market(laws(), N, Prices(0, 0)).cheapest(top + 0.001) is None
    free = Market(laws(), N, Prices(0, 0)).best(0)
    assert free.metric.estimate == pytest.approx(top, abs=1e-6)


def test_cheap_images_that_help_are_bought_and_harmful_ones_never() -> None:
    prices = Prices(real=1, synthetic=0.001)
    helpful, harmful = (Market(laws(name), N, prices).cheapest(0.75) for name in ("log", "harmful"))
    assert helpful is not None
    assert harmful is not None
    assert helpful.n_synth > 0
    assert harmful.n_synth == 0
    assert helpful.cost < harmful.cost


def test_the_chance_grows_from_about_one_half_as_the_mix_grows_beyond_its_need() -> None:
    found = Market(laws(), N, Prices(1, 0.1)).cheapest(0.8)
    assert found is not None
    assert found.chance == pytest.approx(0.5, abs=0.25)
    assert found.metric.low is not None
    assert found.metric.high is not None
    assert found.metric.low < 0.8 < found.metric.high
    richer = Market(laws(), N, Prices(1, 0.1)).best(found.cost * 2)
    assert richer.metric.low is not None
    assert richer.metric.low > found.metric.low


def test_a_single_seed_gives_no_chance() -> None:
    found = Market(laws(seeds=1), N, Prices(1, 0.1)).cheapest(0.74)
    assert found is not None
    assert found.chance is None
    assert found.metric.low is None
