"""Memorisation by nearest neighbours, in pixels or in features.

A sample counts as memorised where its nearest training image is less than a third as far away as the second
nearest: d(NN1) / d(NN2) < 1/3 (Yoon et al. 2023; Gu et al. 2023, "On Memorization in Diffusion Models").
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gda_bench.api.data import F32, I64, U8
from gda_bench.audit.neighbours import nearest

MEMORISED_RATIO = 1 / 3


def nearest_two(samples: U8 | F32, train: U8 | F32) -> tuple[I64, NDArray[np.float64]]:
    """The position of each sample's nearest training image, int64 (M,), and d(NN1) / d(NN2), float64 (M,).

    L2 in whatever space is given. An exact copy has the ratio 0, also where its training image occurs twice; with one
    training image there is no second and the ratio of all else is 1.
    """
    position, distance = nearest(samples, train, 2)
    first, second = distance[:, 0], distance[:, -1]
    if len(train) == 1:
        return position[:, 0], np.where(first == 0, 0.0, 1.0)
    ratio = np.divide(first, second, out=np.zeros(len(first)), where=second > 0)
    return position[:, 0], ratio
