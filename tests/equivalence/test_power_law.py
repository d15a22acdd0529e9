"""The power law against a general solver."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import least_squares

from gda_bench.equivalence.power_law import fit_power_law, fit_power_laws

N = np.array([62, 125, 250, 500, 1000, 2000, 4000, 8000], float)


@given(st.floats(0.3, 3), st.floats(0.15, 0.9), st.floats(0, 0.1), st.integers(0, 1000))
def test_no_start_of_a_general_solver_fits_better(a: float, b: float, c: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    mean = 1 - np.minimum(a * N**-b + c, 0.99) + rng.normal(scale=0.003, size=len(N))
    weights = rng.integers(1, 6, len(N)).astype(float)
    found, error = fit_power_law(N, mean, weights), 1 - mean
    ours = np.sum(weights * (found(N) - mean) ** 2)
    for start in (0.1, 0.4, 1.0):
        theirs = least_squares(
            lambda t: np.sqrt(weights) * (t[0] * (N / 700) ** -t[1] + t[2] - error),
            [0.1, start, max(error.min() / 2, 1e-9)],
            bounds=([0, 0.01, 0], [np.inf, 5, max(error.min(), 1e-8)]),
        )
        assert ours <= 2 * theirs.cost * (1 + 1e-4) + 1e-12
    assert found.a >= 0
    assert found.b > 0
    assert 0 <= found.c <= max(error.min(), 0) + 1e-12


def test_an_exact_power_law_is_recovered() -> None:
    found = fit_power_law(N, 1 - 1.7 * N**-0.42 - 0.03)
    assert (found.a, found.b, found.c) == (
        pytest.approx(1.7, rel=1e-2), pytest.approx(0.42, rel=1e-3), pytest.approx(0.03, rel=1e-2),
    )  # fmt: skip
    assert found.rmse < 1e-5


def test_many_curves_are_fitted_as_one_by_one() -> None:
    means = 1 - np.array([[1.7], [0.9]]) * N**-0.42 - 0.03
    many = fit_power_laws(N, means)
    for row, mean in zip(many, means, strict=True):
        one = fit_power_law(N, mean)
        assert tuple(row) == pytest.approx((one.a, one.b, one.c))


@given(st.floats(62, 8000))
def test_inversion_undoes_the_curve(n: float) -> None:
    curve = fit_power_law(N, 1 - 1.7 * N**-0.42 - 0.03)
    assert curve.inverse(float(curve(n))) == pytest.approx(n, rel=1e-6)


def test_nothing_is_read_beyond_the_measured_sizes() -> None:
    curve = fit_power_law(N, 1 - 1.7 * N**-0.42 - 0.03)
    assert np.isnan(curve([10, 9000])).all()
    assert (curve.inverse(0.999), curve.inverse(0.1)) == (np.inf, 0.0)


def test_a_curve_that_falls_is_flat_and_two_sizes_are_refused() -> None:
    curve = fit_power_law(N, 0.9 - 0.01 * np.log(N / N[0]))
    assert curve.rise == pytest.approx(0, abs=0.02)
    with pytest.raises(ValueError, match="3 sizes"):
        fit_power_law([1, 2], [0.5, 0.6])
