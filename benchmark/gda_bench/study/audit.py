"""The audit of a report: measures averaged over replicates, and the judgements that they allow."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from gda_bench.api import U8
from gda_bench.audit.gap import shortfall
from gda_bench.audit.judgement import exceeds
from gda_bench.registry import ComponentSpec, load_target
from gda_bench.report.model import (
    ArmRow,
    Audit,
    CellRow,
    FilterKept,
    GalleryPair,
    Gap,
    Interval,
    MapPoint,
    Similarity,
)
from gda_bench.stages import AuditCell
from gda_bench.store import Record, Store

Result = Mapping[str, Any]


def audit_part(
    cells: Sequence[AuditCell],
    records: Mapping[str, Record | None],
    store: Store,
    arms: Sequence[ArmRow],
    filter_kept: FilterKept | None,
) -> Audit:
    """Means over the replicates that are in the store; pictures are those of the first, and so is the map."""
    done = [(cell, record.result) for cell in cells if (record := records[cell.key])]
    if not done:
        return Audit(filter_kept=filter_kept)
    results = [result for _, result in done]
    synthetic = _mean([r["synthetic"] for r in results])
    baselines = [r["baseline"] for r in results if r["baseline"]]
    baseline = _mean(baselines) if baselines else None
    first = done[0][0].key
    return Audit(
        **synthetic.model_dump(),
        memorised_per_seed=[float(r["synthetic"]["memorised_fraction"]) for r in results],
        memorised_baseline=baseline.memorised_fraction if baseline else None,
        baseline=baseline,
        test_leak=_exceeds(results, "test_leak_fraction"),
        copying=_exceeds(results, "memorised_fraction"),
        filter_kept=filter_kept,
        gap=_gap(arms, synthetic, baseline or Similarity()),
        embedding=_embedding(store, first),
        gallery=_pairs(store, first, "gallery.npz"),
        closest=_pairs(store, first, "closest.npz"),
    )


def kept_by(chosen: ComponentSpec, rows: Sequence[CellRow]) -> FilterKept | None:
    """What the filter let through of the largest m, replicate by replicate; None without a filter."""
    filtered = [r for r in rows if r.n_kept is not None]
    if not filtered:
        return None
    largest = max(r.n_synth for r in filtered)
    # mix and synthetic-only arms of a replicate filter the same samples
    shares = {r.seed: r.n_kept / largest for r in filtered if r.n_synth == largest and r.n_kept is not None}
    return FilterKept(
        kept_fraction=float(np.mean(list(shares.values()))),
        kept_per_seed=[shares[seed] for seed in sorted(shares)],
        uses=load_target(chosen.target).uses,
    )


def _mean(parts: Sequence[Mapping[str, float | None]]) -> Similarity:
    values = {name: [v for p in parts if (v := p.get(name)) is not None] for name in Similarity.model_fields}
    return Similarity(**{name: float(np.mean(v)) for name, v in values.items() if v})


def _exceeds(results: Sequence[Result], share: str) -> bool | None:
    """The judgement over all replicates that have held-out real images to compare with."""
    told = [r for r in results if r["baseline"]]
    hits, base_hits = (
        sum(round(r[part][share] * r[count]) for r in told)
        for part, count in (("synthetic", "samples"), ("baseline", "held_out"))
    )
    return exceeds(hits, sum(r["samples"] for r in told), base_hits, sum(r["held_out"] for r in told))


def _gap(arms: Sequence[ArmRow], synthetic: Similarity, held_out: Similarity) -> Gap | None:
    """Of the largest synthetic-only arm that was measured; None without one."""
    alone = [arm for arm in arms if arm.arm == "synthetic" and arm.gain]
    if not alone:
        return None
    largest = max(alone, key=lambda arm: arm.n_synth)
    return Gap(
        n_synth=largest.n_synth,
        metric_gap=_negative(largest.gain),  # type: ignore[arg-type]
        content=shortfall(synthetic.coverage, held_out.coverage),
        fidelity=shortfall(synthetic.precision, held_out.precision),
        label_consistency=shortfall(synthetic.label_consistency, held_out.label_consistency),
    )


def _negative(gain: Interval) -> Interval:
    low, high = (None if end is None else 0 - end for end in (gain.high, gain.low))
    return Interval(estimate=0 - gain.estimate, low=low, high=high)


def _embedding(store: Store, key: str) -> list[MapPoint]:
    try:
        found = store.arrays(key, "embedding.npz")
    except FileNotFoundError:  # only the first replicate has one
        return []
    points = zip(found["xy"], found["label"], found["real"], strict=True)
    return [MapPoint(x=float(x), y=float(y), label=int(c), real=bool(real)) for (x, y), c, real in points]


def _pairs(store: Store, key: str, name: str) -> list[GalleryPair]:
    found = store.arrays(key, name)
    pairs = list(zip(found["label"], found["synthetic"], found["nearest"], found["ratio"], strict=True))
    return [
        GalleryPair(label=int(label), synthetic=_png(x), nearest=_png(near), ratio=float(ratio))
        for label, x, near, ratio in pairs
    ]


def _png(image: U8) -> str:
    buffer = io.BytesIO()
    Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode()
