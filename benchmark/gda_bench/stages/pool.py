"""`pool`: draw a fitted generator's samples once, at the largest m; every smaller m is a prefix."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from gda_bench.api import Images
from gda_bench.registry import ComponentSpec
from gda_bench.seeds import derive_seed
from gda_bench.stages.cell import Cell, Stage, Workbench
from gda_bench.stages.fit import FitCell
from gda_bench.stages.generation import GENERATOR, Apart, Lent
from gda_bench.store import Store
from gda_bench.subsets import subset_counts
from gda_bench.task_data import pool_labels


@dataclass(frozen=True)
class PoolCell(Cell):
    """m: samples in the pool."""

    stage: ClassVar[Stage] = "pool"
    fit: FitCell
    m: int

    @classmethod
    def of(cls, fit: FitCell, m: int) -> PoolCell:
        """The pool of m samples of a fitted generator."""
        return cls(fit.task, fit.data_digest, fit.seed, fit, m)

    @property
    def component(self) -> ComponentSpec:
        return self.fit.generator

    @property
    def label(self) -> str:
        return f"sample {self.m} from {self.fit.generator.name}"

    @property
    def needs(self) -> tuple[Cell, ...]:
        return (self.fit,)

    def identity(self) -> dict[str, Any]:
        return {"fit": self.fit.key, "m": self.m}

    def run(self, bench: Workbench, scratch: Path) -> dict[str, Any]:
        bench.phase = "sample"
        labels = pool_labels(subset_counts(bench.data.counts(bench.data.train), self.fit.n_real), self.m)
        fitted = bench.store.folder(self.fit.key) / GENERATOR
        seed = derive_seed(self.seed, "sample", self.fit.key, self.m)
        lent = Lent(weights=self.fit.given.weights_now(self.fit.generator, bench.data_dir))
        with bench.store.scratch() as apart:
            x = Apart(bench, self.fit.generator, seed, lent, apart).sample(fitted, labels)
        bench.phase = "save"
        np.savez(scratch / "pool.npz", x=x, y=labels)
        return {"isolation": bench.isolation.enforcement(bench.device)}

    def read(self, store: Store) -> Images:
        """The pool, from the store."""
        found = store.arrays(self.key, "pool.npz")
        return Images(found["x"], found["y"])
