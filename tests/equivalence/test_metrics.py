"""Scores against the MedMNIST evaluator, an independent implementation, and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from gda_bench.metrics import score


@pytest.mark.parametrize("classes", [2, 5])
def test_accuracy_and_auc_are_those_of_the_medmnist_evaluator(classes: int) -> None:
    evaluator = pytest.importorskip("medmnist.evaluator")
    rng = np.random.default_rng(classes)
    y = rng.integers(0, classes, 300)
    proba = rng.dirichlet(np.ones(classes), 300)
    proba[np.arange(300), y] += 0.3
    proba = (proba / proba.sum(1, keepdims=True)).astype(np.float32)
    ours = score(y, proba)
    task = "binary-class" if classes == 2 else "multi-class"
    shown = proba[:, 1] if classes == 2 else proba
    assert ours["auc"] == pytest.approx(evaluator.getAUC(y, shown, task), abs=1e-9)
    assert ours["accuracy"] == pytest.approx(evaluator.getACC(y, shown, task), abs=1e-9)


def test_a_class_that_the_test_split_lacks_has_no_auc() -> None:
    assert "auc" not in score(np.array([0, 1, 1]), np.full((3, 3), 1 / 3, np.float32))


def test_balanced_accuracy_weighs_classes_equally() -> None:
    y = np.array([0] * 9 + [1])
    proba = np.tile(np.array([0.9, 0.1], np.float32), (10, 1))
    found = score(y, proba)
    assert (found["accuracy"], found["balanced_accuracy"]) == (0.9, 0.5)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=2, max_size=60))
def test_auc_is_scikit_learns_with_ties_too(drawn: list[tuple[bool, int]]) -> None:
    y = np.array([label for label, _ in drawn], np.int64)
    assume(0 < y.sum() < len(y))
    said = np.array([score for _, score in drawn], np.float32) / 6
    found = score(y, np.stack([1 - said, said], axis=1))
    assert found["auc"] == pytest.approx(roc_auc_score(y, said), abs=1e-12)
