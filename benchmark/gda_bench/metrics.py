"""Test metrics from per-example class probabilities, by scikit-learn; each a fraction in [0, 1]."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import accuracy_score, balanced_accuracy_score, roc_auc_score

from gda_bench.api.data import F32, I64


def score(y: I64, proba: F32) -> dict[str, float]:
    """accuracy, balanced_accuracy and auc of probabilities (N, K) against labels (N,).

    auc is the macro average over the classes of one against the rest, MedMNIST's convention; with two classes it is
    the area for class 1. A class that the test split lacks has no area, and then auc is left out.
    """
    said = proba.argmax(axis=1)
    metrics = {
        "accuracy": float(accuracy_score(y, said)),
        "balanced_accuracy": float(balanced_accuracy_score(y, said)),
    }
    n_classes = proba.shape[1]
    if len(np.unique(y)) == n_classes:
        areas = [roc_auc_score(y == c, proba[:, c]) for c in ([1] if n_classes == 2 else range(n_classes))]
        metrics["auc"] = float(np.mean(areas))
    return metrics
