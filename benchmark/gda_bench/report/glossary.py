"""The words of a report, a line each."""

from __future__ import annotations

from gda_bench.report import words
from gda_bench.report.model import Report


def noise(report: Report) -> str:
    """What the intervals of this report hold, in a sentence."""
    tested = words.number(sum(report.task.test_counts))
    sd = report.real_curve.test_sd if report.real_curve else None
    if sd is None:
        return f"The intervals hold the noise of seeds, not that of the finite test set ({tested} images)."
    return (
        f"The intervals hold the noise of seeds and that of the finite test set: {tested} images, which alone would "
        f"move the headline's gain by {words.number(100 * sd, 2)} points (one standard deviation)."
    )


def terms(report: Report) -> tuple[tuple[str, str], ...]:
    """Every word that the report uses in a sense of its own."""
    interval = f"95 % unless stated otherwise. {noise(report)} “…”: that end is beyond what was measured."
    return (*DESIGN, ("interval", interval), *FINDINGS)


PROTOCOLS = {
    "concat": "real and synthetic images make one set, shuffled together; each image counts the same",
    "weighted": "every batch is half real and half synthetic, and the halves weigh differently in the loss",
    "ratio": "a fixed share of every batch is synthetic, however many synthetic images there are",
    "pretrain-finetune": "first the synthetic images, then, with a new head, the real ones",
    "progressive": "first the synthetic images, then growing fractions of the real ones",
    "synthetic-only": "the real images are left out",
    "replace": "the training set keeps its n images, and synthetic ones take the place of some real ones",
}
FILTERS = {
    "none": "every sample is used",
    "realism": "samples that lie close enough to the real images (realism score)",
    "class-realism": "samples that lie close enough to the real images of their class (realism score)",
    "confidence": "samples that a classifier trained on real images gives their label",
    "overlap": "samples that lie near the real images in a learned embedding",
}
"""What they do, for those of ours; a plugin's name stands alone."""

DESIGN = (
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
        "What one synthetic image is worth in real images: (real-equivalent − n) / m, of the real and synthetic images "
        "that the training sees. 0: useless, 1: as good as a real one, below 0: harmful.",
    ),
)
FINDINGS = (
    (
        "≥ and ≤ (censored)",
        "Above or below everything the real curve measured: a bound, never an extrapolation.",
    ),
    (
        "gain",
        "The mean difference, paired by seed, to n real images alone, in points; one point is 0.01 of the metric.",
    ),
    ("law", "A formula for the real-equivalent of n real + m synthetic images, fitted to all mixes at once."),
    (
        "c2, kappa",
        "Constants of the log law: m/n = e^(kappa n) (c2^((real-equivalent − n)/n) − 1). A larger c2: more synthetic "
        "images for the same benefit.",
    ),
    (
        "equivalence test (TOST)",
        "Two one-sided tests: whether a difference is shown to be smaller than the margin, which a missing difference "
        "is not.",
    ),
    ("protocol", "How real and synthetic images meet in training."),
    ("controls", "Generators whose worth is known (in one shuffled set: copy 0, oracle 1), measured like any other."),
    (
        "memorised",
        "A synthetic image at less than 1/3 the distance to its nearest training image than to the second.",
    ),
    ("separability", "How well a classifier tells synthetic images from real ones; AUC 0.5: not at all, 1: always."),
    ("held-out real", "Real images that neither the generator nor the n hold: as good as any generator can get."),
    ("closed-set, open-set", "Trained on the n images only, or on data beyond them as well."),
)
