"""`train`: train a classifier on one arm's images with the matched budget, and score it on the test split."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from gda_bench.api import F32, Classifier, Images, Protocol
from gda_bench.filters import Filter
from gda_bench.registry import ComponentSpec
from gda_bench.seeds import derive_seed
from gda_bench.stages.cell import Cell, Stage, Workbench
from gda_bench.stages.pool import PoolCell
from gda_bench.store import Store
from gda_bench.subsets import SUBSET_RULE


@dataclass(frozen=True)
class TrainCell(Cell):
    """n_real real images, and the first n_synth samples of the pool that the filter keeps; either may be 0.

    Two arms with the same images are the same cell: the real arms are shared by all generators.
    """

    stage: ClassVar[Stage] = "train"
    classifier: ComponentSpec
    protocol: ComponentSpec
    n_real: int
    steps: int
    batch_size: int
    pool: PoolCell | None = None
    n_synth: int = 0
    filter: ComponentSpec | None = None

    @property
    def component(self) -> ComponentSpec:
        return self.classifier

    @property
    def label(self) -> str:
        synthetic = f" + {self.n_synth} {self.pool.fit.generator.name}" if self.pool else ""
        return f"train {self.classifier.name} on {self.n_real} real{synthetic}"

    @property
    def needs(self) -> tuple[Cell, ...]:
        return (self.pool,) if self.pool else ()

    def identity(self) -> dict[str, Any]:
        return {
            "classifier": self.classifier.identity(),
            "protocol": self.protocol.identity(),
            "filter": self.filter.identity() if self.filter else None,
            "subset": {"rule": SUBSET_RULE, "n": self.n_real},
            "pool": self.pool.key if self.pool else None,
            "n_synth": self.n_synth,
            "steps": self.steps,
            "batch_size": self.batch_size,
        }

    def run(self, bench: Workbench, scratch: Path) -> dict[str, Any]:
        from gda_bench.metrics import score

        bench.phase = "train"
        real = bench.data.subset(self.n_real, self.seed)
        protocol: Protocol = self.protocol.create()
        seed = derive_seed(self.seed, "batches", self.key)
        batches = protocol.batches(real, self._synthetic(bench), self.steps, self.batch_size, seed)
        classifier: Classifier = self.classifier.create()
        # the same initial weights in every arm of a replicate: arms are compared in pairs
        seed = derive_seed(self.seed, "classifier", self.classifier.identity())
        classifier.fit(batches, bench.data.info, bench.context(seed))
        if batches.taken != self.steps:
            raise RuntimeError(f"the classifier trained for {batches.taken} steps, its budget is {self.steps}")
        bench.phase = "score"
        test = bench.data.test
        proba = classifier.predict_proba(test.x)
        wanted = (len(test), bench.data.info.n_classes)
        if proba.dtype != np.float32 or proba.shape != wanted or not np.allclose(proba.sum(1), 1, atol=1e-3):
            raise ValueError(
                f"predict_proba returned {proba.dtype} {proba.shape}, wanted float32 {wanted}, rows summing to 1"
            )
        np.savez(scratch / "test.npz", proba=proba)
        return {"metrics": score(test.y, proba), "n_test": len(test)}

    def read(self, store: Store) -> F32:
        """The class probabilities of the test split, float32 (N, K), from the store."""
        with np.load(store.folder(self.key) / "test.npz", allow_pickle=False) as f:
            proba: F32 = f["proba"]
        return proba

    def _synthetic(self, bench: Workbench) -> Images:
        if self.pool is None:
            return bench.data.train.take(np.empty(0, np.int64))
        pool = self.pool.read(bench.store)
        if self.filter is None:
            return pool.take(np.arange(self.n_synth))
        # the n images that the generator saw, also where the arm itself trains on none of them
        seen = bench.data.subset(self.pool.fit.n_real, self.seed)
        chosen: Filter = self.filter.create()
        kept = chosen.keep(pool, seen)
        if len(kept) < self.n_synth:
            raise ValueError(f"the filter kept {len(kept)} of {len(pool)} samples, the arm needs {self.n_synth}")
        return pool.take(kept[: self.n_synth])
