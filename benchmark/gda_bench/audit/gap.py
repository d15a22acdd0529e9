"""What may lie behind the gap between real and synthetic-only training.

Inspired by the content gap of arXiv 2311.03959 ("Effectiveness of deep generative data"), and not that paper's
estimator: it retrains with the synthetic counterparts of the real images, we look at symptoms in features.

    part = 1 - value(synthetic) / value(held-out real)

of coverage (content: kinds of images that are never drawn), of precision (fidelity: images unlike any real one) and
of label consistency. Held-out real images stand for what a perfect generator would score with the same n, the same
classifier and as many images. The parts overlap (an image unlike any real one covers nothing either), do not add up,
and see only what the classifier's features see: nothing in them says that mending one would close the gap.
"""

from __future__ import annotations


def shortfall(synthetic: float | None, held_out: float | None) -> float | None:
    """1 - synthetic / held_out, in [0, 1]: 0 where synthetic images score higher; None without held-out ones."""
    if synthetic is None or not held_out:
        return None
    return min(1.0, max(0.0, 1 - synthetic / held_out))
