"""`embed`: look at real and synthetic images through the classifier of the replicate's real arm at n.

Filters and the audit share it. What a filter may look at (the n real images and the pool) is kept apart from what
only the audit may (held-out real images and the test split), in two files.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from gda_bench.api import F32, Classifier, Images, View
from gda_bench.registry import ComponentSpec
from gda_bench.stages.cell import Cell, Stage, Workbench
from gda_bench.stages.pool import PoolCell
from gda_bench.store import Store
from gda_bench.subsets import subset_counts
from gda_bench.task_data import TaskData, pool_labels

if TYPE_CHECKING:  # which looks through an embedding where it filters
    from gda_bench.stages.train import TrainCell

EMBED_RULE = "reference-classifier-2"
HELD_OUT = 2000
"""At most so many held-out real images are looked at."""
FEWEST_HELD_OUT = 50
"""Fewer say nothing, and would drag what is measured on equal numbers down with them."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Some images as the reference classifier sees them: features float32 (N, D), class probabilities (N, K)."""

    features: F32
    proba: F32


@dataclass(frozen=True)
class EmbedCell(Cell):
    """reference: the real arm at n, whose classifier looks: every generator's pool is seen with the same eyes."""

    stage: ClassVar[Stage] = "embed"
    reference: TrainCell
    pool: PoolCell

    @classmethod
    def of(cls, reference: TrainCell, pool: PoolCell) -> EmbedCell:
        """The embedding of a pool through the real arm of its n and seed."""
        return cls(pool.task, pool.data_digest, pool.seed, reference, pool)

    @property
    def component(self) -> ComponentSpec:
        return self.reference.classifier

    @property
    def label(self) -> str:
        return f"embed {self.pool.fit.generator.name} by {self.component.name}"

    @property
    def needs(self) -> tuple[Cell, ...]:
        return (self.reference, self.pool)

    def identity(self) -> dict[str, Any]:
        return {"reference": self.reference.key, "pool": self.pool.key, "rule": EMBED_RULE}

    def run(self, bench: Workbench, scratch: Path) -> dict[str, Any]:
        bench.phase = "load"
        data, n = bench.data, self.pool.fit.n_real
        classifier = self.reference.trained(bench)
        bench.phase = "embed"
        real, pool = data.subset(n, self.seed), self.pool.read(bench.store)
        seen = {"real": _see(classifier, real), "pool": _see(classifier, pool)}
        audit = {"test": _see(classifier, data.test)}
        if len(held_out := held_out_images(data, n, self.seed)):
            audit["held_out"] = _see(classifier, held_out)
        bench.phase = "save"
        _save(scratch / "seen.npz", seen)
        _save(scratch / "audit.npz", audit)
        return {}

    def view(self, store: Store) -> View:
        """What a filter may look at, from the store; holds nothing of the test split or of held-out images."""
        seen = _load(store.folder(self.key) / "seen.npz")
        return View(seen["real"].features, seen["pool"].features, seen["pool"].proba)

    def everything(self, store: Store) -> dict[str, Seen]:
        """`real`, `pool`, `test` and, where there are any, `held_out`, from the store: for the audit alone."""
        folder = store.folder(self.key)
        return {**_load(folder / "seen.npz"), **_load(folder / "audit.npz")}


def held_out_images(data: TaskData, n: int, seed: int) -> Images:
    """Up to HELD_OUT real training images outside subset(n), class-proportional like the n as far as they go; none
    where there are fewer than FEWEST_HELD_OUT.

    Taken from the far end of the order that controls draw from, so that with room enough the two share no image.
    """
    rest = data.outside(n, seed)[::-1]
    labels = pool_labels(subset_counts(data.counts(data.train), n), min(HELD_OUT, len(rest)))
    chosen = np.full(len(labels), -1, np.int64)
    for c in np.unique(labels):
        there = rest[data.train.y[rest] == c]
        at = np.flatnonzero(labels == c)[: len(there)]
        chosen[at] = there[: len(at)]
    chosen = chosen[chosen >= 0]
    return data.train.take(chosen if len(chosen) >= FEWEST_HELD_OUT else chosen[:0])


def _see(classifier: Classifier, images: Images) -> Seen:
    seen = Seen(classifier.features(images.x), classifier.predict_proba(images.x))
    for name, value in (("features", seen.features), ("predict_proba", seen.proba)):
        if value.dtype != np.float32 or value.ndim != 2 or len(value) != len(images) or not np.isfinite(value).all():
            raise ValueError(
                f"{name} returned {value.dtype} {value.shape}, wanted finite float32, a row for each of {len(images)}"
            )
    return seen


def _save(path: Path, sets: dict[str, Seen]) -> None:
    arrays = {f"{name}_{part}": getattr(seen, part) for name, seen in sets.items() for part in ("features", "proba")}
    np.savez(path, **arrays)


def _load(path: Path) -> dict[str, Seen]:
    with np.load(path, allow_pickle=False) as f:
        names = [key.removesuffix("_features") for key in f.files if key.endswith("_features")]
        return {name: Seen(f[f"{name}_features"], f[f"{name}_proba"]) for name in names}
