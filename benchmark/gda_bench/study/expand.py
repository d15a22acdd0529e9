"""From a study to its cells: pure, so that a plan, a run and a report agree on what there is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from gda_bench.api import Protocol, UserError
from gda_bench.given import Given
from gda_bench.registry import ComponentSpec, load_target, resolve
from gda_bench.report.model import Arm
from gda_bench.stages import AuditCell, Cell, EmbedCell, FitCell, PoolCell, TrainCell
from gda_bench.study.spec import Study
from gda_bench.subsets import check_size, subset_counts
from gda_bench.task_data import pool_labels


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
    rows: list[Row] = []
    audits: list[AuditCell] = []
    for seed in range(study.profile.seeds):
        rows += [Row("real", size, 0, _train(study, seed, size)) for size in real_sizes(study)]
        for arm, control in study.controls.items():
            m = control_size(study, control)
            if m:
                pool = _pool(study, control, seed, m)
                # the dictionary's keys are the two control arms
                rows.append(Row(arm, n, m, _train(study, seed, n, pool, m)))  # type: ignore[arg-type]
        under_study = list(_generator_rows(study, seed))
        rows += under_study
        if under_study and under_study[0].cell.pool:
            audits.append(AuditCell.of(_embed(study, under_study[0].cell.pool)))
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


def real_sizes(study: Study) -> list[int]:
    """Sizes n' of the real curve: multiples of n that hold every class, and the whole split."""
    n, whole = study.n_real, sum(study.train_counts)
    classes = sum(1 for c in study.train_counts if c)
    sizes = {round(n * ratio) for ratio in study.profile.real_multiples}
    # a size that nearly is the whole split says the same twice
    room = {size for size in sizes if classes <= size <= 0.9 * whole} | {n}
    return sorted(room | ({whole} if study.profile.whole_split else set()))


def control_size(study: Study, control: ComponentSpec) -> int | None:
    """The control's m: the headline's, or the largest of the grid below it that the held-out images allow."""
    ratios = sorted((r for r in study.profile.mix_ratios if r <= study.profile.headline_ratio), reverse=True)
    sizes = [round(study.n_real * ratio) for ratio in ratios]
    return next((m for m in sizes if _feasible(study, control, m)), None)


def _generator_rows(study: Study, seed: int) -> Iterator[Row]:
    n, generator, profile = study.n_real, study.generator, study.profile
    mix = [m for m in (round(n * r) for r in profile.mix_ratios) if _feasible(study, generator, m)]
    alone = [m for m in (round(n * r) for r in profile.synthetic_ratios) if _feasible(study, generator, m)]
    if not mix and not alone:
        return
    pool = _pool(study, generator, seed, max([*mix, *alone]))
    for m in mix:
        yield Row("mix", n, m, _train(study, seed, n, pool, m))
    for m in alone:
        yield Row("synthetic", 0, m, _train(study, seed, 0, pool, m))


def _feasible(study: Study, generator: ComponentSpec, m: int) -> bool:
    if not generator.facts["needs_held_out"]:
        return True
    taken = subset_counts(study.train_counts, study.n_real)
    wanted = np.bincount(pool_labels(taken, m), minlength=len(taken))
    return bool((wanted <= np.array(study.spare)).all())


def _pool(study: Study, generator: ComponentSpec, seed: int, m: int) -> PoolCell:
    held_out = m if generator.facts["needs_held_out"] else 0
    given = study.given if generator == study.generator else Given()
    return PoolCell.of(FitCell(study.task, study.data_digest, seed, generator, study.n_real, held_out, given), m)


@cache
def _shuffled() -> ComponentSpec:
    return resolve("protocols", "concat")


def _embed(study: Study, pool: PoolCell) -> EmbedCell:
    profile = study.profile
    steps = profile.budget.steps(study.n_real, profile.batch_size)
    return EmbedCell(study.task, study.data_digest, pool.seed, study.classifier, steps, profile.batch_size, pool)


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
        pool, m, chosen, embed,
    )  # fmt: skip
