"""All that is said of one set of images, synthetic or held-out real, beside the n real ones: one number a measure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gda_bench.api.data import F32, I64, U8
from gda_bench.audit.authenticity import authenticity
from gda_bench.audit.consistency import label_consistency
from gda_bench.audit.frechet import frechet_distance
from gda_bench.audit.kernel import kernel_distance
from gda_bench.audit.leak import leaked
from gda_bench.audit.memorisation import MEMORISED_RATIO, nearest_two
from gda_bench.audit.overlap import overlap


@dataclass(frozen=True, slots=True)
class Sight:
    """Images with what the reference classifier sees in them.

    x: uint8 (M, H, W, C). y: the labels that they have or were asked for, int64 (M,). features: float32 (M, D).
    proba: class probabilities, float32 (M, K).
    """

    x: U8
    y: I64
    features: F32
    proba: F32

    def __len__(self) -> int:
        return len(self.x)

    def first(self, m: int) -> Sight:
        """The first m of them."""
        return Sight(self.x[:m], self.y[:m], self.features[:m], self.proba[:m])


def similarity(images: Sight, real: Sight, test: U8, size: int) -> dict[str, float | None]:
    """The measures by their names in the report's `Similarity`, all but `discriminator_auc`.

    real: the n training images. test: the test split, uint8 (T, H, W, C). Shares are of all images; what depends on the
    number of images, overlap and distances, is measured on the first `size` of them, so that sets can be compared.
    """
    some = images.features[:size]
    return {
        "memorised_fraction": float(np.mean(nearest_two(images.x, real.x)[1] < MEMORISED_RATIO)),
        "memorised_features": float(np.mean(nearest_two(images.features, real.features)[1] < MEMORISED_RATIO)),
        "authenticity": authenticity(images.features, real.features),
        "test_leak_fraction": float(np.mean(leaked(images.x, real.x, test))),
        **overlap(real.features, some),
        "frechet_distance": frechet_distance(real.features, some),
        "kernel_distance": kernel_distance(real.features, some),
        "label_consistency": label_consistency(images.y, images.proba),
    }
