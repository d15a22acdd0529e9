"""Separability: how well a classifier that is trained for it tells synthetic images from real ones.

A support vector machine on the principal components of the pixels and on statistics in which generators give
themselves away: the power spectrum by radius, grey-level quantiles and steps between neighbouring pixels. Of what was
tried on 28 and 32 px images (extremely randomised trees, boosting, logistic regression; on pixels, on statistics, on
both) it told noise, blur, mixtures, shifts and a Gaussian model from real images as well as any, at a third of the
cost or less, and real from other real ones at 0.5.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from gda_bench.api.data import I64, U8
from gda_bench.audit.neighbours import nearest

MOST = 1000
"""Images of each kind."""
FOLDS = 5
COMPONENTS = 50
SIDE = 32
"""Larger images are averaged down to about so many pixels before their principal components are taken."""


def separability(real: U8, synthetic: U8, train: U8) -> float | None:
    """Cross-validated area under the ROC curve, 0.5 for none to 1 for complete; None for fewer than two folds.

    real: (N, H, W, C), none of them among the n training images `train`; synthetic: (M, H, W, C). Equal numbers are
    compared, the first of each. Images with the same nearest training image share a fold, so that neither duplicates
    nor samples that vary one training image are recognised by each other.
    """
    size = min(len(real), len(synthetic), MOST)
    images = np.concatenate([real[:size], synthetic[:size]])
    told = np.arange(2 * size) >= size
    groups = nearest(images, train, 1)[0][:, 0] if size else np.empty(0, np.int64)
    areas, pairs = [], []
    x = None
    for fit, held in _folds(told, groups):
        x = np.concatenate([_components(images), _statistics(images)], axis=1) if x is None else x
        judge = SVC(class_weight="balanced").fit(x[fit], told[fit])
        areas.append(roc_auc_score(told[held], judge.decision_function(x[held])))
        pairs.append(told[held].sum() * (~told[held]).sum())
    return float(np.average(areas, weights=pairs)) if areas else None


def _folds(told: NDArray[np.bool_], groups: I64) -> Iterator[tuple[I64, I64]]:
    """The folds that hold both kinds, in training and outside it."""
    folds = min(FOLDS, len(np.unique(groups)), int(told.sum()))
    if folds < 2:
        return
    split = StratifiedGroupKFold(folds, shuffle=True, random_state=0).split(told, told, groups)
    yield from ((fit, held) for fit, held in split if all(0 < told[part].mean() < 1 for part in (fit, held)))


def _components(x: U8) -> NDArray[np.float64]:
    """Principal components of the pixels, (N, at most COMPONENTS), in units of a third of the first one's spread."""
    step = -(-min(x.shape[1:3]) // SIDE)
    height, width = (side // step * step for side in x.shape[1:3])
    blocks = x[:, :height, :width].reshape(len(x), height // step, step, width // step, step, -1)
    flat = blocks.mean(axis=(2, 4), dtype=np.float32).reshape(len(x), -1)
    components: NDArray[np.float64] = PCA(
        min(COMPONENTS, *flat.shape), svd_solver="randomized", random_state=0
    ).fit_transform(flat)
    return 3 * components / max(float(components[:, 0].std()), 1e-6)


def _statistics(x: U8) -> NDArray[np.float64]:
    """Of each image, channels together, (N, F): power by radius, quantiles, steps between neighbours; standardised."""
    spectrum = np.stack([np.abs(np.fft.rfft2(image, axes=(0, 1))).mean(-1) for image in x])
    radius = np.rint(np.hypot(np.fft.fftfreq(x.shape[1])[:, None], np.fft.rfftfreq(x.shape[2])) * max(x.shape[1:3]))
    power = [spectrum[:, radius == r].mean(1) for r in np.unique(radius)]
    quantiles = np.quantile(x.reshape(len(x), -1), [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1], axis=1)
    sides = [axis for axis in (1, 2) if x.shape[axis] > 1]  # a signal has one
    steps = [np.abs(np.diff(x.astype(np.int16), axis=axis)).reshape(len(x), -1) for axis in sides]
    moments = [value for s in steps for value in (s.mean(1), s.std(1), s.max(1), (s == 0).mean(1))]
    values = np.stack([*np.log(np.maximum(power, 1e-3)), *quantiles, *moments], axis=1)
    standardised: NDArray[np.float64] = StandardScaler().fit_transform(values)
    return standardised
