"""Patients: none is both learnt from and judged by, in the n and beyond it, or kept and held back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gda_bench.api import I64, Images, UserError
from gda_bench.metrics import by_group
from gda_bench.registry import resolve
from gda_bench.report import Report
from gda_bench.subsets import nested_order, subset_counts
from gda_bench.task_data import TaskData, load_task
from gda_generators.holdout import split_holdout

PLUGIN = Path(__file__).parents[1] / "plugins" / "patients.py"
LABELLED = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12)), min_size=4, max_size=80)


@pytest.fixture
def data() -> TaskData:
    return load_task(resolve("tasks", f"{PLUGIN}:Patients"), Path())


def columns(pairs: list[tuple[int, int]]) -> tuple[I64, I64]:
    label, group = np.array(pairs, np.int64).T
    return np.unique(label, return_inverse=True)[1].astype(np.int64), np.ascontiguousarray(group)


@given(LABELLED, st.integers(0, 2**32))
def test_patients_come_one_after_the_other_and_classes_in_proportion(pairs: list[tuple[int, int]], seed: int) -> None:
    y, group = columns(pairs)
    order = nested_order(y, seed, group)
    assert sorted(order) == list(range(len(y)))
    for n in range(1, len(y) + 1):
        taken = order[:n]
        assert np.bincount(y[taken], minlength=y.max() + 1).tolist() == subset_counts(np.bincount(y).tolist(), n)
        for c in np.unique(y):
            of_class = group[taken][y[taken] == c]
            whole = [(of_class == g).sum() == ((group == g) & (y == c)).sum() for g in np.unique(of_class)]
            assert whole.count(False) <= 1, "a patient is begun only when the one before is through"


@pytest.mark.parametrize("seed", range(4))
def test_what_lies_outside_the_n_is_of_other_patients(data: TaskData, seed: int) -> None:
    train = data.train.group
    assert train is not None
    for n in (20, 21, 50):
        inside, rest = data.subset(n, seed), data.outside(n, seed)
        assert inside.group is not None
        assert not np.intersect1d(inside.group, train[rest]).size
        assert len(np.unique(inside.group)) <= n / 5 + 3, "as few patients as hold the images of each class"
        spare = data.spare(n, 4)
        assert (np.bincount(data.train.y[rest]) >= spare).all()
        lent = data.held_out(n, sum(spare), np.repeat([0, 1], spare), seed)
        assert lent.group is not None
        assert not np.intersect1d(lent.group, inside.group).size


def test_a_patient_in_both_splits_is_refused() -> None:
    with pytest.raises(UserError, match=r"patients: 2 groups are in both the training and the test split: 118, 119"):
        load_task(resolve("tasks", f"{PLUGIN}:Patients:shared=2"), Path())


@given(LABELLED, st.integers(0, 2**32))
def test_a_patient_is_kept_or_held_back_and_no_class_loses_its_last(pairs: list[tuple[int, int]], seed: int) -> None:
    y, group = columns(pairs)
    kept, held = split_holdout(Images(np.zeros((len(y), 1, 1, 1), np.uint8), y, group), np.random.default_rng(seed))
    assert kept.group is not None
    assert held.group is not None
    if np.bincount(y).max() > 1:  # else one must be held, and it is all of its class
        assert set(kept.y.tolist()) == set(y.tolist())
    assert len(kept) + len(held) == len(y)
    could = any(all((y[group != g] == c).any() for c in np.unique(y)) for g in np.unique(group))
    if could:
        assert not np.intersect1d(kept.group, held.group).size


def test_a_study_of_patients_runs_and_shows_generators_whose_images_they_are(
    fast_run: Callable[..., list[Report]], tmp_path: Path
) -> None:
    (report,) = fast_run(task=f"{PLUGIN}:Patients", generator=f"{PLUGIN}:Counts", isolation="auto")
    assert all(cell.status == "ok" for cell in report.cells)
    assert any("the test split is of 40 patients or records" in warning for warning in report.warnings)
    oracle = [arm for arm in report.arms if arm.arm == "oracle"]
    assert [arm.n_synth for arm in oracle] == [160]
    records: list[dict[str, Any]] = [json.loads(p.read_text()) for p in (tmp_path / "store").rglob("record.json")]
    told = [r["notes"]["patients"] for r in records if "patients" in r.get("notes", {})]
    assert len(told) == 3
    assert all(8 <= n <= 11 for n in told), "40 images, five of each patient"


def test_images_of_one_patient_are_no_independent_witnesses() -> None:
    rng = np.random.default_rng(0)
    alike = np.repeat(rng.normal(size=200), 5).astype(np.float32)
    alike -= alike.mean()
    patients = by_group(alike, np.repeat(np.arange(200), 5))
    assert len(patients) == 200
    assert patients.mean() == pytest.approx(alike.mean(), abs=1e-6)
    noise = [x.var() / len(x) for x in (alike, patients)]
    assert noise[1] == pytest.approx(5 * noise[0], rel=1e-3)
    assert by_group(alike, None) is alike
