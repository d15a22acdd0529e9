"""`confidence`: keep what a classifier gives the label that was asked for.

The classifier filter of arXiv 2210.07574 ("Is synthetic data from generative models ready for image recognition?"):
p(true class) > 1 / C, then the most confident of each class. There the probabilities come from CLIP, here from the
study's own classifier trained on the n real images, so nothing beyond them is known.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from gda_bench.api import I64, Filter, Images, View


class Confidence(Filter):
    """top: the share, 0 to 1, of each class's passing samples that is kept, the most confident first."""

    uses: ClassVar[str] = "the n real images and their labels, by the probabilities of a classifier trained on them"
    needs_view: ClassVar[bool] = True

    def __init__(self, *, top: float = 1.0) -> None:
        if not 0 < top <= 1:
            raise ValueError(f"top={top:g} must be above 0 and at most 1")
        self.top = top

    def keep(self, pool: Images, real: Images, view: View) -> I64:
        del real
        proba = view.pool_proba
        confidence = proba[np.arange(len(pool)), pool.y]
        order: I64 = np.argsort(-confidence, kind="stable")
        order = order[confidence[order] > 1 / proba.shape[1]]
        kept = np.zeros(len(pool), bool)
        for c in np.unique(pool.y[order]):
            passing = order[pool.y[order] == c]
            kept[passing[: int(np.ceil(self.top * len(passing)))]] = True
        return order[kept[order]]
