"""`class-realism`: as `realism`, but a sample must look like real images of its own class.

The per-class selection of arXiv 2409.16002: a realistic image of another class is a wrong label.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from gda_bench.api import I64, Images, View
from gda_bench.filters.realism import Realism, most_realistic, realism_scores


class ClassRealism(Realism):
    """Keeps samples with R >= `at_least` within their class. k: as in `realism`, at most the class's size less one.

    A class with a single real image has no sphere of its own; its samples are held against all real images.
    """

    uses: ClassVar[str] = "the n real images and their labels, in the features of a classifier trained on them"

    def keep(self, pool: Images, real: Images, view: View) -> I64:
        scores = np.zeros(len(pool))
        for c in np.unique(pool.y):
            drawn, members = pool.y == c, real.y == c
            against = view.real_features[members] if members.sum() > 1 else view.real_features
            scores[drawn] = realism_scores(against, view.pool_features[drawn], self.k)
        return most_realistic(scores, self.at_least)
