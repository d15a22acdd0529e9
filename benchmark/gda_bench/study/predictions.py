"""What the classifiers of a study said of the test images, and what each of those images does to a metric."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gda_bench.api import F32, Metric
from gda_bench.equivalence.grid import ArmId
from gda_bench.equivalence.noise import Influences
from gda_bench.metrics import by_group, influence, judged
from gda_bench.report.model import CellRow
from gda_bench.report.predictions import Predictions, Said, label_dtype
from gda_bench.store import Store
from gda_bench.study.expand import Row
from gda_bench.task_data import TaskData


def gather(rows: Sequence[Row], data: TaskData, store: Store) -> Predictions:
    """The predictions of all cells that are in the store."""
    dtype = label_dtype(data.info.n_classes)
    said: dict[str, Said] = {}
    scores: dict[str, F32] = {}
    for row in rows:
        if store.find(row.cell.key) is None:  # a folder without a record is no result, whatever lies in it
            continue
        proba = row.cell.read(store)
        said[row.cell.key] = proba.argmax(axis=1).astype(dtype)
        if data.info.metric == "auc":
            scores[row.cell.key] = judged(proba)
    return Predictions(
        keys=tuple(said),
        said=np.array([*said.values()], dtype).reshape(len(said), len(data.test)),
        y=data.test.y,
        group=data.test.group,
        proba=np.stack([*scores.values()]) if scores else None,
    )


def influences(cells: Sequence[CellRow], predictions: Predictions, metric: Metric) -> Influences:
    """What each test image, or each patient, does to the metric of each cell that has predictions."""
    rows = predictions.rows()
    found: dict[ArmId, dict[int, F32]] = {}
    for cell in cells:
        if (row := rows.get(cell.key)) is not None:
            scores = None if predictions.proba is None else predictions.proba[row]
            moved = influence(predictions.y, predictions.said[row], metric, scores)
            of_arm = found.setdefault(ArmId(cell.arm, cell.n_real, cell.n_synth), {})
            of_arm[cell.seed] = by_group(moved, predictions.group)
    return found
