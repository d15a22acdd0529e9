"""Trainings that run as one, where the classifier says that this pays: alike in all but seed and images."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from gda_bench.api import TaskInfo
from gda_bench.keys import canonical_json
from gda_bench.stages.cell import Cell, Workbench
from gda_bench.stages.train import TrainCell


def companions(first: Cell, others: Iterable[Cell], info: TaskInfo, device: str) -> list[Cell]:
    """Of the others, those that should run with the first, as one; they must be of its task."""
    most = first.classifier.create().replicas(info, device) if isinstance(first, TrainCell) else 1
    if most < 2:
        return []
    kind = _kind(first)
    return list(islice((cell for cell in others if _kind(cell) == kind), most - 1))


def run_together(
    cells: Sequence[TrainCell], benches: Sequence[Workbench], scratches: Sequence[Path]
) -> list[dict[str, Any]]:
    """`run` of each, at once."""
    begun = [cell.begin(bench) for cell, bench in zip(cells, benches, strict=True)]
    type(begun[0].classifier).fit_together(
        [each.classifier for each in begun],
        [each.batches for each in begun],
        benches[0].data.info,
        [each.context for each in begun],
    )
    return [
        cell.finish(each, bench, scratch)
        for cell, each, bench, scratch in zip(cells, begun, benches, scratches, strict=True)
    ]


def _kind(cell: Cell) -> str | None:
    if not isinstance(cell, TrainCell):
        return None
    return canonical_json(
        [cell.task.identity(), cell.data_digest, cell.classifier.identity(), cell.steps, cell.batch_size]
    )
