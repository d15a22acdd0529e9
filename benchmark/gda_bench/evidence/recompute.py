"""Every number of a report that follows from its cells and predictions, derived again and held against what it claims.

Scores, arms, real curve, verdict, law, tests and controls are derived by the code that wrote them. The audit and the
cost rest on images and clocks, which are not here; nor is auc, unless it is the primary metric.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast, get_args

import numpy as np

from gda_bench.api import Metric
from gda_bench.errors import UserError
from gda_bench.evidence.demand import profile_of
from gda_bench.metrics import area, score_said
from gda_bench.registry import BUILTIN, load_target
from gda_bench.report.model import CellRow, Report
from gda_bench.report.predictions import Predictions
from gda_bench.study.estimate import Design, Estimates, estimate, headline_size
from gda_bench.study.layout import base_size
from gda_bench.study.predictions import influences

TOLERANCE: Final = 1e-9
"""Relative."""
FITTED: Final = 1e-4
"""Relative, for what an optimiser found: where it stops hangs on the processor's arithmetic. Parameters of laws
moved by up to 1e-7 between two common processors, in five reports of digits, and nothing else did."""
ROUNDING: Final = 1e-12
"""Absolute, for differences of scores that are 0 but for rounding."""
DERIVED: Final = ("arms", "real_curve", "equivalence", "law", "scaling", "tost", "controls")


@dataclass(frozen=True, slots=True)
class Difference:
    """place: as in the document, a cell by its arm, sizes and seed. claimed, found: JSON values; None is absent."""

    place: str
    claimed: Any
    found: Any

    def __str__(self) -> str:
        return f"{self.place} is {_shown(self.claimed)}, its predictions give {_shown(self.found)}"


def recompute(report: Report, predictions: Predictions) -> list[Difference]:
    """What does not follow from the predictions, in the order of the document; empty where all does.

    Raises UserError where the two are not of one test split, or the protocol is none of ours.
    """
    _same_test_split(report, predictions)
    scores = scores_of(predictions)
    cells = [_again(cell, scores.get(cell.key)) for cell in report.cells]
    found = derive(report, cells, predictions)
    differences = [*_cells(report.cells, scores)]
    for part in DERIVED:
        claimed, derived = getattr(report, part), getattr(found, part)
        differences += differing(part, _plain(claimed), _plain(derived))
    return differences


def scores_of(predictions: Predictions) -> dict[str, dict[str, float]]:
    """The metrics that the predictions give each cell, by its key."""
    found = {}
    for row, key in enumerate(predictions.keys):
        found[key] = score_said(predictions.y, predictions.said[row])
        if predictions.proba is not None:
            found[key]["auc"] = area(predictions.y, predictions.proba[row])
    return found


def differing(place: str, claimed: Any, found: Any, tolerance: float = TOLERANCE) -> Iterator[Difference]:
    """The places at which two JSON values differ by more than rounding."""
    tolerance = FITTED if place in ("law", "real_curve.power_law") else tolerance
    if isinstance(claimed, Mapping) and isinstance(found, Mapping):
        for key in dict.fromkeys([*claimed, *found]):
            yield from differing(f"{place}.{key}", claimed.get(key), found.get(key), tolerance)
    elif isinstance(claimed, list) and isinstance(found, list) and len(claimed) == len(found):
        for i, (a, b) in enumerate(zip(claimed, found, strict=True)):
            yield from differing(f"{place}.{i}", a, b, tolerance)
    elif not _equal(claimed, found, tolerance):
        yield Difference(place, claimed, found)


def _equal(a: Any, b: Any, tolerance: float) -> bool:
    if isinstance(a, float | int) and isinstance(b, float | int) and not isinstance(a, bool):
        return math.isclose(a, b, rel_tol=tolerance, abs_tol=ROUNDING)
    return bool(a == b)


def _same_test_split(report: Report, predictions: Predictions) -> None:
    classes, counts = len(report.task.classes), report.task.test_counts
    labels = predictions.y if not predictions.said.size else np.append(predictions.said.max(), predictions.y)
    if len(labels) and labels.max() >= classes:
        raise UserError(f"the predictions hold label {labels.max()}, the task has {classes} classes")
    if np.bincount(predictions.y, minlength=classes).tolist() != counts:
        raise UserError("the true labels of the predictions are not those that task.test_counts counts")
    if report.task.metric not in get_args(Metric):
        raise UserError(f"task.metric is {report.task.metric!r}, which is none of {', '.join(get_args(Metric))}")
    judged = 1 if classes == 2 else classes
    wanted = judged if report.task.metric == "auc" else None
    if wanted != (None if predictions.proba is None else predictions.proba.shape[2]):
        what = f"probabilities of {wanted} classes" if wanted else "no probabilities"
        raise UserError(f"for {report.task.metric} the predictions hold {what}, and these do not")


def _cells(cells: Sequence[CellRow], scores: Mapping[str, Mapping[str, float]]) -> Iterator[Difference]:
    for cell in cells:
        place = f"the cell {cell_name(cell)}"
        found = scores.get(cell.key) if cell.status == "ok" else None
        if (found is None) != (cell.key not in scores):
            yield Difference(place, cell.status, "a result")
        elif found is None and cell.status == "ok":
            yield Difference(place, "ok", None)
        for name, claimed in (cell.metrics or {}).items():
            if name not in get_args(Metric):
                yield Difference(f"{place}: {name}", claimed, None)
        for name, value in (found or {}).items():
            yield from differing(f"{place}: {name}", (cell.metrics or {}).get(name), value)
    known = {cell.key for cell in cells}
    for key in scores.keys() - known:
        yield Difference(f"the cell of key {key[:16]}", None, "a result")


def cell_name(cell: CellRow) -> str:
    """A cell as people say it."""
    return place_name(cell.arm, cell.n_real, cell.n_synth, cell.seed)


def place_name(arm: str, n_real: int, n_synth: int, seed: int) -> str:
    """The same of a cell that may not be there."""
    return f"{arm} {'+'.join(str(size) for size in (n_real, n_synth) if size)} seed {seed}"


def _again(cell: CellRow, found: Mapping[str, float] | None) -> CellRow:
    if cell.metrics is None or found is None:
        return cell
    return cell.model_copy(update={"metrics": {**cell.metrics, **found}})


def derive(report: Report, cells: Sequence[CellRow], predictions: Predictions) -> Estimates:
    """The estimated parts of a report, from these cells and predictions; of the report only what was decided before
    any result. Raises UserError where its protocol is none of ours."""
    profile, metric = profile_of(report), cast(Metric, report.task.metric)
    n = base_size(profile, sum(report.task.train_counts))
    # a name from the report never loads a file
    entry = BUILTIN["protocols"].get(report.protocol.name)
    if entry is None or report.protocol.file_digest:
        raise UserError(f"the protocol {report.protocol.name!r} is not built in, so that nothing can be derived again")
    try:
        protocol = load_target(entry.target)(**report.protocol.params)
    except (TypeError, ValueError) as error:
        raise UserError(f"the protocol {report.protocol.name} refuses its parameters: {error}") from None
    headline = headline_size(cells, n, profile)
    design = Design(n, headline, report.task.name, report.generator.name, protocol)
    return estimate(cells, design, metric, influences(cells, predictions, metric))


def _plain(part: Any) -> Any:
    if isinstance(part, list):
        return [_plain(item) for item in part]
    return part.model_dump(mode="json", by_alias=True) if hasattr(part, "model_dump") else part


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    text = f"{value:.12g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
