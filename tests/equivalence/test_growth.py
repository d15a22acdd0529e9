"""Exponents, power law and laws on grids made from known ones."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import linregress

from gda_bench.equivalence.grid import ArmId, Grid, Observation
from gda_bench.equivalence.power_law import fit_power_law
from gda_bench.equivalence.scaling import slope
from gda_bench.study import growth

SIZES = (50, 100, 200, 400, 800, 1600)


def truth(n: float) -> float:
    return 1 - (1.2 * n**-0.5 + 0.01)


def grid(c2: float, noise: float = 0.001, seeds: int = 5) -> Grid:
    rng = np.random.default_rng(0)
    worth = {ArmId("real", n, 0): float(n) for n in SIZES}
    worth |= {ArmId("mix", 200, m): 200 + 200 * np.log(1 + m / 200) / np.log(c2) for m in (100, 200, 400, 800, 1600)}
    return Grid(Observation(a, s, truth(n) + rng.normal(scale=noise)) for a, n in worth.items() for s in range(seeds))


def test_the_slope_is_that_of_a_regression_for_each_seed() -> None:
    rng = np.random.default_rng(1)
    data = Grid(
        Observation(ArmId("synthetic", 0, m), s, 1 - 0.9 * m**-0.31 * float(np.exp(rng.normal(scale=0.02))))
        for m in SIZES
        for s in range(4)
    )
    found = slope(data, data.arms("synthetic"))
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    each = [
        linregress(np.log(SIZES), np.log([1 - data.values[ArmId("synthetic", 0, m)][s] for m in SIZES])).slope
        for s in range(4)
    ]
    assert found.estimate == pytest.approx(np.mean(each))
    assert found.low < -0.31 < found.high
    assert found.sizes == SIZES


def test_two_sizes_have_no_slope_and_one_seed_no_interval() -> None:
    single = Grid(Observation(ArmId("real", n, 0), 0, truth(n)) for n in SIZES)
    arms = single.arms("real")
    assert slope(single, arms[:2]) is None
    found = slope(single, arms)
    assert found is not None
    assert (found.low, found.high) == (None, None)


def test_a_power_law_is_found_again() -> None:
    fitted = fit_power_law(SIZES, [truth(n) for n in SIZES])
    assert (fitted.a, fitted.b, fitted.c) == pytest.approx((1.2, 0.5, 0.01), rel=0.02)
    assert fitted.rmse < 1e-4


@pytest.mark.parametrize("c2", [1.7, 2.5, 3.9])
def test_the_log_law_gives_its_c2_back_and_is_drawn(c2: float) -> None:
    found = growth.law(grid(c2), 200)
    assert found is not None
    assert found.c2 is not None
    assert found.c2.low is not None
    assert found.c2.high is not None
    assert found.c2.low < found.c2.estimate < found.c2.high
    assert found.c2.estimate == pytest.approx(c2, rel=0.1)
    log = next(c for c in found.candidates if c.name == "log")
    assert log.curve[0].n_synth == 100
    assert log.curve[-1].n_synth == 1600
    assert found.selected != "none"
    assert found.reference["CIFAR-10 closed-set"] == 2.53


def test_useless_images_select_the_law_of_none() -> None:
    found = growth.law(grid(1e300), 200)
    assert found is not None
    assert found.selected == "none"


def test_two_mixes_are_too_few_for_a_law() -> None:
    few = grid(2.5)
    for arm in few.arms("mix")[2:]:
        del few.values[arm]
    assert growth.law(few, 200) is None
