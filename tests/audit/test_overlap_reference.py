"""Overlap and distances against the reference implementations: the packages `prdc` and `torch-fidelity`."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from prdc import compute_prdc
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric

from gda_bench.audit.frechet import frechet_distance
from gda_bench.audit.kernel import kernel_distance
from gda_bench.audit.overlap import overlap

F32 = NDArray[np.float32]


def features(n: int, d: int, seed: int, shift: float = 0.0) -> F32:
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) / np.sqrt(d) + shift).astype(np.float32)


@pytest.mark.parametrize(("n", "m", "d"), [(300, 300, 16), (100, 60, 200), (40, 40, 3)])
def test_precision_recall_density_coverage_are_those_of_prdc(n: int, m: int, d: int) -> None:
    real, synthetic = features(n, d, 0), features(m, d, 1, 0.5)
    reference = compute_prdc(real.astype(np.float64), synthetic.astype(np.float64), 5)
    assert overlap(real, synthetic) == pytest.approx(reference, abs=1e-6)


@pytest.mark.parametrize(("n", "d"), [(400, 16), (200, 64), (100, 99)])
def test_the_frechet_distance_is_that_of_torch_fidelity(n: int, d: int) -> None:
    real, synthetic = features(n, d, 0), features(n, d, 1, 0.3)
    stats = [fid_features_to_statistics(torch.from_numpy(x.astype(np.float64))) for x in (real, synthetic)]
    reference = fid_statistics_to_metric(*stats, verbose=False)["frechet_inception_distance"]
    assert frechet_distance(real, synthetic) == pytest.approx(reference, rel=1e-6)


@pytest.mark.parametrize("n", [5, 50, 300])
def test_the_kernel_distance_is_that_of_torch_fidelity_on_one_subset_of_all(n: int) -> None:
    real, synthetic = features(n, 12, 0), features(n, 12, 1, 0.3)
    reference = kid_features_to_metric(
        torch.from_numpy(real.astype(np.float64)), torch.from_numpy(synthetic.astype(np.float64)),
        kid_subsets=1, kid_subset_size=n, kid_kernel="poly", kid_kernel_poly_degree=3, kid_kernel_poly_gamma=None,
        kid_kernel_poly_coef0=1.0, rng_seed=0, verbose=False,
    )["kernel_inception_distance_mean"]  # fmt: skip
    assert kernel_distance(real, synthetic) == pytest.approx(reference, rel=1e-6)


def test_the_kernel_distance_of_all_is_what_subsets_average_to() -> None:
    real, synthetic = features(400, 12, 0), features(400, 12, 1, 0.3)
    reference = kid_features_to_metric(
        torch.from_numpy(real), torch.from_numpy(synthetic), kid_subsets=200, kid_subset_size=100, kid_kernel="poly",
        kid_kernel_poly_degree=3, kid_kernel_poly_gamma=None, kid_kernel_poly_coef0=1.0, rng_seed=0, verbose=False,
    )["kernel_inception_distance_mean"]  # fmt: skip
    assert kernel_distance(real, synthetic) == pytest.approx(reference, rel=0.1)


@given(st.integers(2, 12), st.integers(2, 12), st.integers(1, 20), st.integers(0, 99))
def test_any_sizes_give_finite_numbers_in_range(n: int, m: int, d: int, seed: int) -> None:
    real, synthetic = features(n, d, seed), features(m, d, seed + 1)
    found = overlap(real, synthetic)
    assert all(0 <= found[name] <= 1 for name in ("precision", "recall", "coverage"))
    assert found["density"] >= 0
    distance = frechet_distance(real, synthetic)
    assert distance is not None
    assert np.isfinite(distance)
    assert distance >= 0
    assert frechet_distance(synthetic, real) == pytest.approx(distance, rel=1e-6, abs=1e-6)


def test_fewer_images_than_features_and_a_known_shift() -> None:
    real = features(20, 100, 0)
    assert frechet_distance(real, real) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(real, real + np.float32(0.5)) == pytest.approx(100 * 0.25, rel=1e-4)


def test_constant_features_and_single_images() -> None:
    constant = np.ones((10, 4), np.float32)
    assert frechet_distance(constant, constant) == 0
    assert kernel_distance(constant, constant) == pytest.approx(0, abs=1e-9)
    assert overlap(constant, constant)["coverage"] == 0, "balls of radius 0 hold nothing, as in prdc"
    assert overlap(constant[:1], constant) == {}
    assert frechet_distance(constant[:1], constant) is kernel_distance(constant, constant[:1]) is None
