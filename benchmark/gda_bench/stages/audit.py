"""`audit`: hold a pool against the n images its generator was trained on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from gda_bench.registry import ComponentSpec
from gda_bench.seeds import derive_seed
from gda_bench.stages.cell import Cell, Stage, Workbench
from gda_bench.stages.pool import PoolCell

AUDIT_RULE = "memorisation-pixel-1"
PAIRS_PER_CLASS = 4
MAX_CLASSES_SHOWN = 12
BASELINE_SIZE = 1000


@dataclass(frozen=True)
class AuditCell(Cell):
    stage: ClassVar[Stage] = "audit"
    pool: PoolCell

    @classmethod
    def of(cls, pool: PoolCell) -> AuditCell:
        """The audit of a pool."""
        return cls(pool.task, pool.data_digest, pool.seed, pool)

    @property
    def component(self) -> ComponentSpec:
        return self.pool.fit.generator

    @property
    def label(self) -> str:
        return f"audit {self.pool.fit.generator.name}"

    @property
    def needs(self) -> tuple[Cell, ...]:
        return (self.pool,)

    def identity(self) -> dict[str, Any]:
        return {"pool": self.pool.key, "rule": AUDIT_RULE}

    def run(self, bench: Workbench, scratch: Path) -> dict[str, Any]:
        from gda_bench.audit.memorisation import MEMORISED_RATIO, nearest_two

        bench.phase = "memorisation"
        n = self.pool.fit.n_real
        pool = self.pool.read(bench.store)
        train = bench.data.subset(n, self.seed)
        nearest, ratio = nearest_two(pool.x, train.x)
        # images that cannot be copies say what the rule finds by chance
        unseen = bench.data.train.take(bench.data.outside(n, self.seed)[:BASELINE_SIZE])
        baseline = float((nearest_two(unseen.x, train.x)[1] < MEMORISED_RATIO).mean()) if len(unseen) else None
        shown = self._shown(pool.y)
        np.savez(
            scratch / "gallery.npz",
            label=pool.y[shown],
            synthetic=pool.x[shown],
            nearest=train.x[nearest[shown]],
            ratio=ratio[shown],
        )
        return {"memorised_fraction": float((ratio < MEMORISED_RATIO).mean()), "baseline": baseline}

    def _shown(self, y: np.ndarray[Any, np.dtype[np.int64]]) -> list[int]:
        """A fair look: the first samples of each class, or of classes drawn by seed where there are many."""
        classes = np.unique(y)
        if len(classes) > MAX_CLASSES_SHOWN:
            rng = np.random.default_rng(derive_seed(self.seed, "gallery", self.pool.key))
            classes = np.sort(rng.choice(classes, MAX_CLASSES_SHOWN, replace=False))
        return [int(i) for c in classes for i in np.flatnonzero(y == c)[:PAIRS_PER_CLASS]]
