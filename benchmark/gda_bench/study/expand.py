"""From a study to its cells: pure, so that a plan, a run and a report agree on what there is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from gda_bench.api import Protocol, UserError
from gda_bench.equivalence.grid import ArmId
from gda_bench.given import Given
from gda_bench.registry import ComponentSpec, load_target, resolve
from gda_bench.report.model import Arm
from gda_bench.stages import AuditCell, Cell, EmbedCell, FitCell, PoolCell, TrainCell
from gda_bench.study.spec import Study
from gda_bench.subsets import check_size


@dataclass(frozen=True, slots=True)
class Row:
    """One cell of the results table: which arm a classifier training stands for."""

    arm: Arm
    n_real: int
    n_synth: int
    cell: TrainCell


@dataclass(frozen=True, slots=True)
class Expansion:
    """All rows, and the audits of the pools of the generator under study, replicate by replicate."""

    rows: list[Row]
    audits: list[AuditCell]

    def cells(self) -> list[Cell]:
        """Every cell once, what is needed before what needs it, one replicate after the other."""
        wanted: list[Cell] = [*(row.cell for row in self.rows), *self.audits]
        return in_order(sorted(wanted, key=lambda cell: cell.seed))


def in_order(cells: Iterable[Cell]) -> list[Cell]:
    """The cells and all that they need, each once, needs first."""
    found: dict[str, Cell] = {}

    def visit(cell: Cell) -> None:
        if cell.key not in found:
            for need in cell.needs:
                visit(need)
            found[cell.key] = cell

    for cell in cells:
        visit(cell)
    return list(found.values())


def expand(study: Study) -> Expansion:
    """The rows of every arm and replicate. Raises UserError where n does not fit the task."""
    n = study.n_real
    check_size(n, study.train_counts, study.task.name)
    _check_filter(study)
    arms = study.sizes.arms(tuple(study.controls))
    rows: list[Row] = []
    audits: list[AuditCell] = []
    for seed in range(study.profile.seeds):
        pools = _pools(study, arms, seed)
        for arm in arms:
            cell = _train(study, seed, arm.n_real, pools.get(arm.arm), arm.n_synth)
            rows.append(Row(arm.arm, arm.n_real, arm.n_synth, cell))  # type: ignore[arg-type]
        if under_study := pools.get("mix"):
            audits.append(AuditCell.of(_embed(study, under_study)))
    return Expansion(rows, audits)


def _check_filter(study: Study) -> None:
    """Raises UserError where a filter would change a number of samples that the protocol fixes."""
    protocol: Protocol = study.protocol.create()
    m = round(study.n_real * study.profile.headline_ratio)
    if study.filter.name != "none" and protocol.used(study.n_real, m)[1] != m:
        raise UserError(
            f"protocol {study.protocol.name} fixes how many samples are trained on, and the filter {study.filter.name} "
            "would change it: use --filter none, or --protocol concat"
        )


def _pools(study: Study, arms: Sequence[ArmId], seed: int) -> dict[str, PoolCell]:
    """The pool that each kind of arm draws from, at the largest m that it needs."""
    largest = {name: max((a.n_synth for a in arms if a.arm == name), default=0) for name in study.controls}
    pools = {name: _pool(study, study.controls[name], seed, m) for name, m in largest.items() if m}
    m = max((a.n_synth for a in arms if a.arm in ("mix", "synthetic")), default=0)
    shared = _pool(study, study.generator, seed, m) if m else None
    return {**pools, **({"mix": shared, "synthetic": shared} if shared else {})}


def _pool(study: Study, generator: ComponentSpec, seed: int, m: int) -> PoolCell:
    held_out = m if generator.facts["needs_held_out"] else 0
    given = study.given if generator == study.generator else Given()
    return PoolCell.of(FitCell(study.task, study.data_digest, seed, generator, study.n_real, held_out, given), m)


@cache
def _shuffled() -> ComponentSpec:
    return resolve("protocols", "concat")


def _embed(study: Study, pool: PoolCell) -> EmbedCell:
    return EmbedCell.of(_train(study, pool.seed, study.n_real), pool)


def _train(study: Study, seed: int, n: int, pool: PoolCell | None = None, m: int = 0) -> TrainCell:
    profile = study.profile
    # arms of one kind of image leave nothing to lay out: they are shuffled, and shared by the studies of all protocols
    meets = study.protocol if n and m else _shuffled()
    protocol: Protocol = meets.create()
    steps = profile.budget.steps(sum(protocol.used(n, m)), profile.batch_size)
    # a filter is a choice made for the generator under study; controls go unfiltered
    chosen = study.filter if pool and pool.fit.generator == study.generator else None
    embed = _embed(study, pool) if pool and chosen and load_target(chosen.target).needs_view else None
    return TrainCell(
        study.task, study.data_digest, seed, study.classifier, meets, n, steps, profile.batch_size,
        pool, m, chosen, embed, kept=pool is None and n == study.n_real,
    )  # fmt: skip
