"""A study that is to be sharp: with more seeds where its exchange rate is not known well enough yet."""

from __future__ import annotations

from dataclasses import replace

from gda_bench.equivalence.exchange import Exchange
from gda_bench.equivalence.grid import ArmId
from gda_bench.equivalence.precision import seeds_wanted
from gda_bench.store import Store
from gda_bench.study.assemble import cell_row, design_of
from gda_bench.study.estimate import grid_of, rate_of
from gda_bench.study.expand import expand
from gda_bench.study.predictions import gather, influences
from gda_bench.study.profile import Adaptive
from gda_bench.study.spec import Study
from gda_bench.task_data import TaskData


def sharpened(study: Study, adaptive: Adaptive, data: TaskData, store: Store) -> Study:
    """The same study with as many seeds as it should have next; unchanged where it has them, and where a cell has no
    result, since then the reason comes first."""
    expanded = expand(study).rows
    rows = [cell_row(study, row, store.find(row.cell.key), {}) for row in expanded]
    design = design_of(study, rows)
    headline, base = ArmId("mix", design.n_real, design.n_synth or 0), ArmId("real", design.n_real, 0)
    if design.n_synth is None or any(row.status != "ok" for row in rows):
        return study
    metric = data.info.metric
    exchange = Exchange(grid_of(rows, metric), influences(rows, gather(expanded, data, store), metric))
    rate = rate_of(exchange.real_equivalent(headline), headline, design)
    seeds = seeds_wanted(
        rate,
        exchange.contrast(headline, base)[1],
        study.profile.seeds,
        width=adaptive.width,
        most=study.profile.most_seeds,
    )
    return replace(study, profile=study.profile.grown(seeds)) if seeds > study.profile.seeds else study
