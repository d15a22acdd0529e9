"""`fit`: train a generator on the n real images of one replicate."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from gda_bench.given import Given
from gda_bench.registry import ComponentSpec
from gda_bench.seeds import derive_seed
from gda_bench.stages.cell import Cell, Stage, Workbench
from gda_bench.stages.generation import GENERATOR, Apart, Lent
from gda_bench.subsets import SUBSET_RULE, subset_counts
from gda_bench.task_data import pool_labels


@dataclass(frozen=True)
class FitCell(Cell):
    """held_out: how many real images outside the n a control may draw from; 0 for every other generator. given: what
    an open-set one reads beyond the n images."""

    stage: ClassVar[Stage] = "fit"
    generator: ComponentSpec
    n_real: int
    held_out: int = 0
    given: Given = field(default_factory=Given)

    @property
    def component(self) -> ComponentSpec:
        return self.generator

    @property
    def label(self) -> str:
        return f"fit {self.generator.name} on {self.n_real}"

    def identity(self) -> dict[str, Any]:
        return {
            "generator": self.given.by_content(self.generator),
            "subset": {"rule": SUBSET_RULE, "n": self.n_real},
            "held_out": self.held_out,
            **self.given.identity(),
        }

    def run(self, bench: Workbench, scratch: Path) -> dict[str, Any]:
        bench.phase = "fit"
        held_out = None
        if self.held_out:
            labels = pool_labels(subset_counts(bench.data.counts(bench.data.train), self.n_real), self.held_out)
            held_out = bench.data.held_out(self.n_real, self.held_out, labels, self.seed)
        seed = derive_seed(self.seed, "fit", self.given.by_content(self.generator), self.data_digest, self.n_real)
        train = bench.data.subset(self.n_real, self.seed)
        others = self.given.others(bench.data, self.n_real, self.seed, bench.data_dir)
        lent = Lent(held_out, others, self.given.weights_now(self.generator, bench.data_dir))
        with bench.store.scratch() as apart:
            Apart(bench, self.generator, seed, lent, apart).fit(train, scratch / GENERATOR)
        return {"isolation": bench.isolation.enforcement(bench.device)}
