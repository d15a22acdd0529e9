"""`audit`: hold a pool against the n images its generator was trained on, beside held-out real images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from gda_bench.api import I64
from gda_bench.registry import ComponentSpec
from gda_bench.seeds import derive_seed
from gda_bench.stages.cell import Cell, Stage, Workbench
from gda_bench.stages.embed import EmbedCell, held_out_images
from gda_bench.stages.pool import PoolCell

if TYPE_CHECKING:  # scikit-learn is loaded when a cell runs
    from gda_bench.audit.similarity import Sight

AUDIT_RULE = "similarity-1"
PAIRS_PER_CLASS = 4
MAX_CLASSES_SHOWN = 12
CLOSEST = 12
MOST_SAMPLES = 10_000
"""Of a larger pool the first are audited, class-proportional like every prefix: shares are then known to a percent."""
MOST_COMPARED = 2000
"""Images in the measures whose cost grows with the square."""


@dataclass(frozen=True)
class AuditCell(Cell):
    stage: ClassVar[Stage] = "audit"
    embed: EmbedCell

    @classmethod
    def of(cls, embed: EmbedCell) -> AuditCell:
        """The audit of the pool that an embedding looks at."""
        return cls(embed.task, embed.data_digest, embed.seed, embed)

    @property
    def pool(self) -> PoolCell:
        """The pool that is audited."""
        return self.embed.pool

    @property
    def component(self) -> ComponentSpec:
        return self.pool.fit.generator

    @property
    def label(self) -> str:
        return f"audit {self.pool.fit.generator.name}"

    @property
    def needs(self) -> tuple[Cell, ...]:
        return (self.pool, self.embed)

    def identity(self) -> dict[str, Any]:
        return {"embed": self.embed.key, "rule": AUDIT_RULE}

    def run(self, bench: Workbench, scratch: Path) -> dict[str, Any]:
        from gda_bench.audit.memorisation import nearest_two

        bench.phase = "load"
        sights = self._sights(bench)
        real, pool, held_out = sights["real"], sights["pool"], sights.get("held_out")
        bench.phase = "memorisation"
        nearest, ratio = nearest_two(pool.x, real.x)
        result = _measure(bench, real, pool, held_out)
        if self.seed == 0:  # a report shows one map, and a map takes as long as all the rest
            bench.phase = "embedding"
            _save_embedding(scratch / "embedding.npz", held_out or real, pool)
        bench.phase = "pairs"
        closest = np.argsort(ratio, kind="stable")[:CLOSEST]
        for name, chosen in {"gallery": self._shown(pool.y), "closest": closest}.items():
            np.savez(
                scratch / f"{name}.npz",
                label=pool.y[chosen],
                synthetic=pool.x[chosen],
                nearest=real.x[nearest[chosen]],
                ratio=ratio[chosen],
            )
        return result

    def _sights(self, bench: Workbench) -> dict[str, Sight]:
        from gda_bench.audit.similarity import Sight

        n = self.pool.fit.n_real
        seen = self.embed.everything(bench.store)
        images = {"real": bench.data.subset(n, self.seed), "pool": self.pool.read(bench.store)}
        if "held_out" in seen:
            images["held_out"] = held_out_images(bench.data, n, self.seed)
        sights = {name: Sight(i.x, i.y, seen[name].features, seen[name].proba) for name, i in images.items()}
        return {**sights, "pool": sights["pool"].first(MOST_SAMPLES)}

    def _shown(self, y: I64) -> I64:
        """A fair look: the first samples of each class, or of classes drawn by seed where there are many."""
        classes = np.unique(y)
        if len(classes) > MAX_CLASSES_SHOWN:
            rng = np.random.default_rng(derive_seed(self.seed, "gallery", self.pool.key))
            classes = np.sort(rng.choice(classes, MAX_CLASSES_SHOWN, replace=False))
        return np.concatenate([np.flatnonzero(y == c)[:PAIRS_PER_CLASS] for c in classes])


def _measure(bench: Workbench, real: Sight, pool: Sight, held_out: Sight | None) -> dict[str, Any]:
    """Every measure of the pool and, where there are any, of held-out real images: what a perfect generator scores."""
    from gda_bench.audit.separability import separability
    from gda_bench.audit.similarity import similarity

    test = bench.data.test.x
    size = min(len(some) for some in (real, pool, held_out or pool))
    size = min(size, MOST_COMPARED)
    bench.phase = "similarity"
    synthetic = similarity(pool, real, test, size)
    baseline = None
    if held_out is not None:
        baseline = similarity(held_out, real, test, size)
        bench.phase = "separability"
        synthetic["discriminator_auc"] = separability(held_out.x, pool.x, real.x)
        # what the same judge says of real images beside real images
        half = len(held_out) // 2
        baseline["discriminator_auc"] = separability(held_out.x[:half], held_out.x[half:], real.x)
    return {
        "samples": len(pool),
        "held_out": len(held_out) if held_out else 0,
        "synthetic": synthetic,
        "baseline": baseline,
    }


def _save_embedding(path: Path, real: Sight, pool: Sight) -> None:
    from gda_bench.audit.embedding import SHOWN, embed

    real, pool = real.first(SHOWN), pool.first(SHOWN)
    np.savez(
        path,
        xy=embed(real.features, pool.features),
        label=np.concatenate([real.y, pool.y]),
        real=np.arange(len(real) + len(pool)) < len(real),
    )
