"""The section on the synthetic images themselves: whether they are copies, how they compare, and pictures of them."""

from __future__ import annotations

from collections import Counter

from gda_bench.report import gallery, pool_tables, reading, words
from gda_bench.report.blocks import Block, Figure, Gallery, Section, Text
from gda_bench.report.model import Gap, Report

PAIRS = (
    "In each pair: a synthetic image, left, and the training image nearest to it, right. Under them the ratio of the "
    "distances to the nearest and the second nearest; below 0.33 it counts as memorised."
)
WORST = (
    "The most suspicious pairs of the whole pool, the closest first, each with its class and the same ratio. A sample "
    "that lies near a training image and near others of its kind as well is no copy."
)
MAP = (
    "t-SNE of the features of the task's classifier: real images are dots, synthetic ones crosses, one panel a class, "
    "all on the same two axes. Neither axis has a meaning or a unit, and distances between clusters have none either; "
    "look for classes where crosses lie apart from dots, or where dots have no crosses."
)


def section(report: Report) -> Section:
    """The audit, most serious first."""
    blocks: list[Block] = [Text(_memorised(report))]
    judged, compared = pool_tables.judgements(report), pool_tables.similarity(report)
    if judged:
        blocks.append(judged)
    if compared:
        blocks.append(compared)
    if report.audit.gap:
        blocks.append(Text(_gap(report, report.audit.gap)))
        if reading.shortfalls(report.audit.gap):
            blocks.append(pool_tables.gap(report.audit.gap))
    if report.audit.embedding:
        blocks.append(Figure("embedding", _map_alt(report), MAP, "Where the images lie"))
    return Section("pool", "The synthetic images", (*blocks, *_galleries(report)))


def _memorised(report: Report) -> str:
    found = report.audit
    if found.memorised_fraction is None:
        return "Memorised share of the pool: not measured."
    seeds = ", ".join(words.share(value) for value in found.memorised_per_seed)
    by_seed = f" (by seed: {seeds})" if len(found.memorised_per_seed) > 1 else ""
    return (
        f"Memorised share of the pool: {words.share(found.memorised_fraction)}{by_seed}. "
        f"Held-out real images, by the same rule: {words.share(found.memorised_baseline)}."
    )


def _gap(report: Report, found: Gap) -> str:
    """The gap in a sentence, with the largest shortfall beside it."""
    base, low, high = reading.base_size(report), found.metric_gap.low, found.metric_gap.high
    real = f"{words.number(base)} real ones" if base else "the n real ones"
    text = (
        f"{words.number(found.n_synth)} synthetic images alone leave a gap of {words.points(found.metric_gap)} points "
        f"in {words.metric_name(report.task.metric)} to {real}"
    )
    if high is not None and high < 0:
        return f"{text}: below 0, they do better."
    if low is None or low <= 0:
        return f"{text}: not established, its interval includes 0."
    parts = reading.shortfalls(found)
    if not parts or parts[0][1] <= 0:
        return f"{text}."
    return f"{text}. The largest shortfall beside it is {parts[0][0]} ({words.number(parts[0][1], 2)})."


def _map_alt(report: Report) -> str:
    points = report.audit.embedding
    real, drawn = (Counter(p.label for p in points if p.real is kind) for kind in (True, False))
    each = "; ".join(
        f"{gallery.class_name(report, label)}: {real[label]} and {drawn[label]}"
        for label in sorted({*real, *drawn})[: gallery.MOST_NAMED]
    )
    auc = report.audit.discriminator_auc
    apart = "" if auc is None else f" Separability in the full features: AUC {words.level(auc)}."
    return (
        f"Two-dimensional map of {real.total()} real and {drawn.total()} synthetic images. "
        f"Real and synthetic points by class: {each}.{apart}"
    )


def _galleries(report: Report) -> list[Block]:
    found = report.audit
    blocks: list[Block] = []
    for name, title, caption, pairs, groups in (
        (gallery.SAMPLES, "The first samples of each class", PAIRS, found.gallery, gallery.by_class(report)),
        (gallery.CLOSEST, "The samples nearest to a training image", WORST, found.closest, gallery.in_order(report)),
    ):
        if pairs:
            copied = sum(pair.ratio < reading.COPIED for pair in pairs)
            ratios = words.listed([words.number(pair.ratio, 2) for pair in pairs[: gallery.MOST_NAMED]])
            alt = (
                f"{words.plural(len(pairs), 'pair')} of synthetic and nearest training images, {copied} memorised. "
                f"Distance ratios: {ratios}{' and more' if len(pairs) > gallery.MOST_NAMED else ''}."
            )
            blocks.append(Gallery(Figure(name, alt, caption, title), groups, gallery.is_crisp(pairs)))
    return blocks
