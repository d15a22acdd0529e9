"""The words of a report, a line each."""

from __future__ import annotations

TERMS: tuple[tuple[str, str], ...] = (
    ("n, base size", "The labelled real images that the generator and the classifier are given."),
    ("m", "The synthetic images that are added to them."),
    ("cell", "One classifier training, scored once on the test split."),
    (
        "arm",
        "One training set over all seeds: real (real images only), mix (n real + m synthetic), synthetic (m synthetic "
        "only), copy (n real + duplicates of them), oracle (n real + held-out real).",
    ),
    (
        "real curve",
        "Test performance against the number of real images, measured with the same classifier and budget.",
    ),
    ("real-equivalent", "The number of real images at which the real curve reaches what the arm reached."),
    (
        "exchange rate",
        "What one synthetic image is worth in real images: (real-equivalent − n) / m. "
        "0: useless, 1: as good as a real one, below 0: harmful.",
    ),
    (
        "interval",
        "95 %, from the noise of seeds and of the finite test set. “…”: that end is beyond what was measured.",
    ),
    (
        "≥ and ≤ (censored)",
        "Above or below everything the real curve measured: a bound, never an extrapolation.",
    ),
    (
        "gain",
        "The mean difference, paired by seed, to n real images alone, in points; one point is 0.01 of the metric.",
    ),
    ("controls", "Generators whose worth is known, copy 0 and oracle 1, measured like any other."),
    (
        "memorised",
        "A synthetic image at less than 1/3 the distance to its nearest training image than to the second.",
    ),
    ("closed-set, open-set", "Trained on the n images only, or on data beyond them as well."),
)
