"""Test metrics from per-example class probabilities, each a fraction in [0, 1]."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.metrics import accuracy_score, balanced_accuracy_score

from gda_bench.api.data import F32, I64, Metric


def score(y: I64, proba: F32) -> dict[str, float]:
    """accuracy, balanced_accuracy and auc of probabilities (N, K) against labels (N,).

    auc is the macro average over the classes of one against the rest, MedMNIST's convention; with two classes it is
    the area for class 1. A class that the test split lacks has no area, and then auc is left out.
    """
    metrics = score_said(y, proba.argmax(axis=1))
    if len(np.unique(y)) == proba.shape[1]:
        metrics["auc"] = area(y, judged(proba))
    return metrics


def score_said(y: I64, said: NDArray[np.integer[Any]]) -> dict[str, float]:
    """The metrics that take no more than the label that was said of each example, (N,)."""
    return {
        "accuracy": float(accuracy_score(y, said)),
        "balanced_accuracy": float(balanced_accuracy_score(y, said)),
    }


def judged(proba: F32) -> F32:
    """The columns of probabilities (..., K) that auc is the area of: class 1 of two, else all."""
    return proba[..., 1:] if proba.shape[-1] == 2 else proba


def area(y: I64, scores: F32) -> float:
    """auc from the judged columns (N, J); every class is among the labels."""
    return float(np.mean([_area(y == c, scores[:, j]) for j, c in _columns(scores)]))


def influence(y: I64, said: NDArray[np.integer[Any]], metric: Metric, scores: F32 | None = None) -> F32:
    """Each test example's influence on a metric of `score`, float32 (N,), mean 0: over draws of the test set, the
    metric moves as the mean of influences does. For auc these are DeLong's structural components (DeLong et al. 1988).

    said: the label that was said of each example. scores: judged probabilities, which auc takes.
    """
    if metric == "auc":
        if scores is None:
            raise ValueError("the influence on auc takes probabilities")
        found = np.mean([_area_influence(y == c, scores[:, j]) for j, c in _columns(scores)], axis=0)
    else:
        right = (said == y).astype(np.float64)
        if metric == "accuracy":
            found = right - right.mean()
        else:
            classes, member, counts = np.unique(y, return_inverse=True, return_counts=True)
            recall = np.bincount(member, right) / counts
            found = (right - recall[member]) * len(y) / (len(classes) * counts[member])
    return np.asarray(found, np.float32)


def by_group(influences: F32, group: I64 | None) -> F32:
    """Influences (N,) as those of the G groups of the examples, (G,): their mean is the same, and what the images of
    one patient have in common no longer looks like so many observations. Without groups, each example is its own."""
    if group is None:
        return influences
    _, member = np.unique(group, return_inverse=True)
    sums = np.bincount(member, influences)
    return np.asarray(sums * (len(sums) / len(influences)), np.float32)


def _columns(scores: F32) -> list[tuple[int, int]]:
    """Each judged column with its class."""
    j = scores.shape[-1]
    return [(0, 1)] if j == 1 else [(c, c) for c in range(j)]


def _area(positive: NDArray[np.bool_], scores: F32) -> float:
    """The area under the ROC curve as the rank-sum statistic (Hanley and McNeil 1982): a tenth of the time that
    walking along the curve takes, which with many classes and short trainings is a good part of a study."""
    n, n_positive = len(positive), int(positive.sum())
    above = rankdata(scores)[positive].sum() - n_positive * (n_positive + 1) / 2
    return float(above / (n_positive * (n - n_positive)))


def _area_influence(positive: NDArray[np.bool_], scores: F32) -> NDArray[np.float64]:
    n, n_positive = len(positive), int(positive.sum())
    ranks = rankdata(scores)
    place = np.empty(n)  # the share of the other kind that an example is rightly ordered against
    place[positive] = (ranks[positive] - rankdata(scores[positive])) / (n - n_positive)
    place[~positive] = 1 - (ranks[~positive] - rankdata(scores[~positive])) / n_positive
    area = place[positive].mean()
    found: NDArray[np.float64] = (place - area) * n / np.where(positive, n_positive, n - n_positive)
    return found
