"""Test leak: samples that repeat an image of the test split, which a generator must never have seen.

The rule of memorisation (d(NN1) / d(NN2) < 1/3, pixel L2), applied to the n training images and the test split taken
together: a sample leaks where its nearest image of all is a test image and everything else, test and training, is
more than three times as far. What a training image explains at least as well is no leak, so a copier of its own n
images leaks nothing, also where the test split holds a near-duplicate of one of them. As with memorisation, what the
rule finds by chance is told by held-out real images under the same rule.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gda_bench.api.data import U8
from gda_bench.audit.memorisation import MEMORISED_RATIO
from gda_bench.audit.neighbours import nearest


def leaked(samples: U8, train: U8, test: U8) -> NDArray[np.bool_]:
    """Which samples (M, H, W, C) repeat an image of `test` that no image of `train` explains; bool (M,)."""
    # an image that the test split holds twice must not stand against its own copy
    _, to_test = nearest(samples, np.unique(test, axis=0), 2)
    _, to_train = nearest(samples, train, 1)
    first, other = to_test[:, 0], to_train[:, 0]
    if to_test.shape[1] > 1:
        other = np.minimum(other, to_test[:, 1])
    found: NDArray[np.bool_] = first < MEMORISED_RATIO * other
    return found
