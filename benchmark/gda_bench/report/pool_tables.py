"""The tables of the audit: what was judged, how the pool compares with real images, and where its gap lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gda_bench.report import reading, words
from gda_bench.report.blocks import Table, filled
from gda_bench.report.model import Gap, Report, Similarity

JUDGED = {True: "✗ YES, beyond chance", False: "✓ not beyond chance", None: "? not judged"}


@dataclass(frozen=True, slots=True)
class Measure:
    """One row of the comparison. better: which way a generator improves, in words."""

    field: str
    name: str
    form: Literal["share", "level", "distance"]
    better: str
    meaning: str


MEASURES = (
    Measure("discriminator_auc", "separability", "level", "near 0.5", "AUC of a classifier told to find the fakes"),
    Measure("precision", "precision", "level", "higher", "share of the pool that lies among real images"),
    Measure("recall", "recall", "level", "higher", "share of real images that lie among the pool"),
    Measure("density", "density", "level", "higher, to about 1", "how densely real images surround the pool"),
    Measure("coverage", "coverage", "level", "higher", "share of real images with a synthetic neighbour"),
    Measure("frechet_distance", "Fréchet distance", "distance", "lower", "between the two clouds of features"),
    Measure("kernel_distance", "kernel distance", "distance", "lower", "the same, by kernels (KID)"),
    Measure(
        "label_consistency", "label consistency", "share", "higher", "given the wished label by a classifier of the n"
    ),
    Measure(
        "authenticity", "authenticity", "share", "higher", "not nearer to a training image than that is to the next"
    ),
)


def judgements(report: Report) -> Table | None:
    """Copying and leak, each as a word with a mark, beside what held-out real images show."""
    found = report.audit
    baseline = found.baseline or Similarity()
    copied, repeats = "copies of training images", "copies of test images"
    real = found.memorised_baseline if found.memorised_baseline is not None else baseline.memorised_fraction
    rows = [
        (copied, JUDGED[found.copying], found.memorised_fraction, real),
        (f"{copied}, in features", "", found.memorised_features, baseline.memorised_features),
        (repeats, JUDGED[found.test_leak], found.test_leak_fraction, baseline.test_leak_fraction),
    ]
    shown = [row for row in rows if row[2] is not None or row[1] in (JUDGED[True], JUDGED[False])]
    if not shown:
        return None
    return filled(
        caption="Does the pool repeat what exists?",
        align="llrr",
        head=("is it", "judgement", "share of the pool", "of held-out real"),
        rows=tuple(
            (question, answer, words.share(share), "" if real is None else words.share(real))
            for question, answer, share, real in shown
        ),
        strong=frozenset(i for i, row in enumerate(shown) if row[1] == JUDGED[True]),
    )


def similarity(report: Report) -> Table | None:
    """The pool against real images, beside held-out real images: what a perfect generator would score."""
    found, baseline = report.audit, report.audit.baseline
    rows = []
    for measure in MEASURES:
        value: float | None = getattr(found, measure.field)
        perfect: float | None = getattr(baseline, measure.field) if baseline else None
        if value is not None:
            real = "" if perfect is None else _written(perfect, measure.form)
            rows.append((measure.name, _written(value, measure.form), real, measure.better, measure.meaning))
    if not rows:
        return None
    return filled(
        caption="How the pool compares with real images, in the features of the task's classifier",
        align="lrrll",
        head=("measure", "the pool", "held-out real", "better", "what it is"),
        rows=tuple(rows),
        note="Held-out real images are what a perfect generator would score: read each number against them, not "
        "against the end of its scale. Means over seeds."
        if baseline
        else "No held-out real images stand beside it: what a perfect generator would score is not known.",
    )


def _written(value: float, form: str) -> str:
    if form == "share":
        return words.share(value)
    return words.level(value) if form == "level" else words.significant(value)


def gap(found: Gap) -> Table:
    """The gap in metric units and the shortfalls beside it, the largest in bold."""
    parts = {
        "content": "of coverage: kinds of images that are never drawn",
        "fidelity": "of precision: images unlike any real one",
        "label consistency": "of label consistency: images that look like another class",
    }
    rows = [(name, words.number(value, 2), parts[name]) for name, value in reading.shortfalls(found)]
    return Table(
        caption=f"Why {words.number(found.n_synth)} synthetic images alone do worse: shortfalls, 0 none, 1 complete",
        align="lrl",
        head=("part", "shortfall", "shortfall against held-out real images"),
        rows=tuple(rows),
        note="Symptoms measured side by side: they do not add up to the gap, and none is shown to be its cause.",
    )
