"""Memorisation by nearest neighbours in pixel space.

A sample counts as memorised where its nearest training image is less than a third as far away as the second
nearest: d(NN1) / d(NN2) < 1/3 (Yoon et al. 2023; Gu et al. 2023, "On Memorization in Diffusion Models").
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from gda_bench.api.data import I64, U8

MEMORISED_RATIO = 1 / 3


def nearest_two(samples: U8, train: U8) -> tuple[I64, NDArray[np.float64]]:
    """The position of each sample's nearest training image, int64 (M,), and d(NN1) / d(NN2), float64 (M,).

    Pixel L2. An exact copy has the ratio 0, also where its training image occurs twice; with one training
    image there is no second and the ratio of all else is 1.
    """
    flat = train.reshape(len(train), -1).astype(np.float32)
    index = NearestNeighbors(n_neighbors=min(2, len(train)), algorithm="brute").fit(flat)
    distance, position = index.kneighbors(samples.reshape(len(samples), -1).astype(np.float32))
    first, second = distance[:, 0], distance[:, -1]
    if len(train) == 1:
        return position[:, 0].astype(np.int64), np.where(first == 0, 0.0, 1.0)
    ratio = np.divide(first, second, out=np.zeros(len(first)), where=second > 0)
    return position[:, 0].astype(np.int64), ratio
