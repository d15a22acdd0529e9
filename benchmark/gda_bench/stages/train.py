"""`train`: train a classifier on one arm's images with the matched budget, and score it on the test split."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from gda_bench.api import F32, Batches, Classifier, Filter, Images, Protocol, RunContext, View
from gda_bench.protocols.concat import Concat
from gda_bench.registry import ComponentSpec
from gda_bench.seeds import derive_seed
from gda_bench.stages.cell import Cell, Stage, Workbench
from gda_bench.stages.embed import EmbedCell
from gda_bench.stages.pool import PoolCell
from gda_bench.store import Store
from gda_bench.subsets import SUBSET_RULE

CLASSIFIER = "classifier"
"""The folder, in a cell's own, of a classifier that was kept."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A training before its first step. synthetic: images of the pool in it."""

    classifier: Classifier
    batches: Batches
    context: RunContext
    synthetic: int


@dataclass(frozen=True)
class TrainCell(Cell):
    """n_real real images, and what the filter keeps of the first n_synth samples of the pool; either may be 0.

    embed: what the filter looks through, where it needs a view.
    kept: whether the trained classifier stays in the store, to be looked through; no part of what the cell is.
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
    embed: EmbedCell | None = None
    kept: bool = False

    @property
    def component(self) -> ComponentSpec:
        return self.classifier

    @property
    def label(self) -> str:
        synthetic = f" + {self.n_synth} {self.pool.fit.generator.name}" if self.pool else ""
        return f"train {self.classifier.name} on {self.n_real} real{synthetic}"

    @property
    def needs(self) -> tuple[Cell, ...]:
        return tuple(need for need in (self.pool, self.embed) if need)

    def identity(self) -> dict[str, Any]:
        identity = {
            "classifier": self.classifier.identity(),
            "protocol": self.protocol.identity(),
            "filter": self.filter.identity() if self.filter else None,
            "subset": {"rule": SUBSET_RULE, "n": self.n_real},
            "pool": self.pool.key if self.pool else None,
            "n_synth": self.n_synth,
            "steps": self.steps,
            "batch_size": self.batch_size,
        }
        return {**identity, "embed": self.embed.key} if self.embed else identity

    def run(self, bench: Workbench, scratch: Path) -> dict[str, Any]:
        begun = self.begin(bench)
        begun.classifier.fit(begun.batches, bench.data.info, begun.context)
        return self.finish(begun, bench, scratch)

    def begin(self, bench: Workbench) -> Begun:
        """All that the training takes."""
        bench.phase = "train"
        real = bench.data.subset(self.n_real, self.seed)
        synthetic = self._synthetic(bench)
        # where a filter let nothing through there is nothing to lay out
        protocol: Protocol = self.protocol.create() if len(real) and len(synthetic) else Concat()
        seed = derive_seed(self.seed, "batches", self.key)
        batches = protocol.batches(real, synthetic, self.steps, self.batch_size, seed)
        # the same initial weights in every arm of a replicate: arms are compared in pairs
        seed = derive_seed(self.seed, "classifier", self.classifier.identity())
        return Begun(self.classifier.create(), batches, bench.context(seed), len(synthetic))

    def finish(self, begun: Begun, bench: Workbench, scratch: Path) -> dict[str, Any]:
        """Judge the trained classifier."""
        from gda_bench.metrics import score

        if begun.batches.taken != self.steps:
            raise RuntimeError(f"the classifier trained for {begun.batches.taken} steps, its budget is {self.steps}")
        bench.phase = "score"
        test = bench.data.test
        proba = begun.classifier.predict_proba(test.x)
        wanted = (len(test), bench.data.info.n_classes)
        if proba.dtype != np.float32 or proba.shape != wanted or not np.allclose(proba.sum(1), 1, atol=1e-3):
            raise ValueError(
                f"predict_proba returned {proba.dtype} {proba.shape}, wanted float32 {wanted}, rows summing to 1"
            )
        np.savez(scratch / "test.npz", proba=proba)
        if self.kept and begun.classifier.keeps:
            bench.phase = "save"
            (scratch / CLASSIFIER).mkdir()
            begun.classifier.save(scratch / CLASSIFIER)
        kept = {} if self.filter is None else {"kept": begun.synthetic}
        return {"metrics": score(test.y, proba), "n_test": len(test), **kept}

    def read(self, store: Store) -> F32:
        """The class probabilities of the test split, float32 (N, K), from the store."""
        proba: F32 = store.arrays(self.key, "test.npz")["proba"]
        return proba

    def trained(self, bench: Workbench) -> Classifier:
        """The trained classifier: as it was kept or, where it was not, trained once more."""
        folder = bench.store.folder(self.key) / CLASSIFIER
        if folder.is_dir():
            classifier: Classifier = self.classifier.create()
            classifier.load(folder, bench.data.info, bench.device)
            return classifier
        begun = self.begin(bench)
        begun.classifier.fit(begun.batches, bench.data.info, begun.context)
        return begun.classifier

    def _synthetic(self, bench: Workbench) -> Images:
        """The samples to train on, perhaps none."""
        if self.pool is None:
            return bench.data.train.take(np.empty(0, np.int64))
        drawn = self.pool.read(bench.store).take(np.arange(self.n_synth))
        if self.filter is None:
            return drawn
        # the n images that the generator saw, also where the arm itself trains on none of them
        seen = bench.data.subset(self.pool.fit.n_real, self.seed)
        view = self.embed.view(bench.store).first(self.n_synth) if self.embed else View.closed(len(seen), self.n_synth)
        chosen: Filter = self.filter.create()
        kept = chosen.keep(drawn, seen, view)
        _check_kept(kept, self.n_synth, self.filter.name)
        if not len(kept) and not self.n_real:
            raise ValueError(
                f"the filter {self.filter.name} kept none of {self.n_synth} samples, and this arm has no real images"
            )
        return drawn.take(kept)


def _check_kept(kept: Any, m: int, name: str) -> None:
    positions = isinstance(kept, np.ndarray) and kept.dtype == np.int64 and kept.ndim == 1
    if not positions or len(np.unique(kept)) < len(kept) or (len(kept) and not 0 <= kept.min() <= kept.max() < m):
        raise ValueError(f"the filter {name} must return int64 positions below {m}, none twice")
