"""A small board to submit to: a suite that runs in seconds, and one honest report of it."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

sys.path.append(str(Path(__file__).parents[1] / "report"))

from sample_report import sample_report

from gda_bench.evidence import DERIVED, demanded, derive
from gda_bench.metrics import score_said
from gda_bench.report import Report, dumps
from gda_bench.report.model import CellRow, Component, GeneratorPart, ProfilePart
from gda_bench.report.predictions import Predictions, read, to_bytes
from gda_leaderboard.ladder import Finding, folder_name
from gda_leaderboard.suite import suites
from gda_leaderboard.verify import verify

PLUGINS = Path(__file__).parents[1] / "plugins" / "fast.py"
SEEDS = 5
SETTINGS = {"n_real": 40, "budget": {"unit": "steps", "amount": 20}}
COUNTS = [50, 51, 49, 51, 50, 51, 50, 50, 48, 50]
"""Of the test split of digits."""
LIMITS = {"hours": 24.0, "memory_gb": 16.0, "disk_gb": 20.0}
CENTROID = {"component": "Centroid", "version": 1, "params": {}, "file_digest": "cd" * 32}

Change = Callable[[dict[str, Any]], object]


@dataclass(frozen=True)
class Board:
    """results: where entries lie. suites: its suite files. honest: the report's folder as `run` wrote it."""

    results: Path
    suites: Path
    honest: Path

    def submit(self, change: Change | None = None, predictions: Any = None, name: str | None = None) -> Path:
        """An entry's folder with the honest files, changed: report.json as a JSON value, predictions.npz as arrays or
        as bytes."""
        document = json.loads((self.honest / "report.json").read_text())
        if change:
            change(document)
        folder = self.results / "t1" / (name or self.honest.name)
        folder.mkdir(parents=True)
        (folder / "report.json").write_text(json.dumps(document))
        content = (self.honest / "predictions.npz").read_bytes()
        if callable(predictions):
            content = to_bytes(predictions(read(self.honest / "predictions.npz")))
        (folder / "predictions.npz").write_bytes(predictions if isinstance(predictions, bytes) else content)
        return folder

    def verdict(self, folder: Path, **options: Any) -> Finding:
        """What the checks say of one entry."""
        return next(f for f in verify(self.results, [folder], suites=self.suites, **options))


def make_suite(folder: Path, classifier: str = "cd" * 32, *, seeds: int = SEEDS, **settings: Any) -> Path:
    """A suite t1 of digits alone. classifier: digest of the file that holds its only one, Centroid."""
    v1 = suites()["v1"].model_dump()
    v1 |= {"name": "t1", "title": "A board for tests", "seeds": seeds}
    v1["settings"] |= {**SETTINGS, **settings}
    v1["tasks"] = {"digits": v1["tasks"]["digits"]}
    v1["classifiers"] = {"centroid": {**CENTROID, "file_digest": classifier}}
    folder.mkdir()
    (folder / "t1.yaml").write_text(yaml.safe_dump(v1))
    return folder


def write_honest(folder: Path, suites_folder: Path, *, failed: int = 0, **changes: Any) -> Path:
    """A report of that suite whose numbers follow from its predictions, which are drawn, not trained: an image is
    judged rightly where it is easier than the arm is good. failed: mixes without a result. changes: see `_drawn`."""
    suite = suites(suites_folder)["t1"]
    digits = suite.tasks["digits"]
    report = sample_report(law=None)
    task = {"data_digest": digits.data_digest, "train_counts": digits.train_counts, "test_counts": COUNTS, "files": []}
    known = {"summary": "", "seeds": suite.seeds, "generators": {}, "classifiers": {}, "limits": LIMITS}
    report = report.model_copy(
        update={
            "task": report.task.model_copy(update=task),
            "profile": ProfilePart(name="quick", settings={**suite.settings, **known}),
            "generator": GeneratorPart(name="Jitter", version=1, track="closed", file_digest="ab" * 32),
            "classifier": Component(**{k: v for k, v in CENTROID.items() if k != "component"}, name="Centroid"),
            "environment": report.environment.model_copy(update={"isolation": "enforced by the kernel"}),
        }
    )
    predictions, cells = _drawn(report, **changes)
    for i in [i for i, cell in enumerate(cells) if cell.arm == "mix"][:failed]:
        lost = {"status": "failed", "metrics": None, "n_test": None, "error": "train: TypeError: <class 'int'>"}
        cells[i] = cells[i].model_copy(update=lost)
    kept = [i for i, cell in enumerate(cells) if cell.status == "ok"]
    predictions = changed(predictions, keys=tuple(cells[i].key for i in kept), said=predictions.said[kept])
    report = report.model_copy(update={"cells": cells})
    found = derive(report, cells, predictions)
    estimated = {part: getattr(found, part) for part in DERIVED}
    report = report.model_copy(update=estimated)
    place = folder / folder_name(report)
    place.mkdir()
    (place / "report.json").write_text(dumps(report))
    (place / "predictions.npz").write_bytes(to_bytes(predictions))
    return place


def _drawn(report: Report, *, draw: int = 11, copy: float = 0.0) -> tuple[Predictions, list[CellRow]]:
    """copy: what a duplicate is worth in real images."""
    rng = np.random.default_rng(draw)
    y = digits_labels()
    hard = rng.random(len(y))
    cells, said = [], []
    for arm, seed in sorted(demanded(report)):
        worth = {"oracle": arm.n_real + arm.n_synth, "mix": arm.n_real + 0.2 * arm.n_synth, "synthetic": 20}
        worth["copy"] = arm.n_real + copy * arm.n_synth
        good = 1 - 0.9 * worth.get(arm.arm, arm.n_real) ** -0.5
        right = hard + rng.normal(0, 0.03, len(y)) < good
        labels = np.where(right, y, (y + rng.integers(1, 10, len(y))) % 10).astype(np.uint8)
        said.append(labels)
        key = hashlib.sha256(f"{arm}{seed}".encode()).hexdigest()
        cells.append(
            CellRow(
                arm=arm.arm,
                n_real=arm.n_real,
                n_synth=arm.n_synth,
                seed=seed,
                status="ok",
                n_test=len(y),
                key=key,
                metrics={**score_said(y, labels), "auc": 0.9},
                wall_s=1.0,
            )
        )
    return Predictions(tuple(cell.key for cell in cells), np.array(said), y), cells


def digits_labels() -> Any:
    """The labels of digits' test split."""
    from gda_tasks.digits import Digits

    return Digits().load("test", Path()).y


def changed(predictions: Predictions, **arrays: Any) -> Predictions:
    """The predictions with other arrays."""
    parts = {name: getattr(predictions, name) for name in ("keys", "said", "y", "group", "proba")}
    return Predictions(**{**parts, **arrays})


def other_said(predictions: Predictions) -> Predictions:
    """One cell that says another label of one image."""
    said = np.array(predictions.said)
    said[3, 7] = (said[3, 7] + 1) % 10
    return changed(predictions, said=said)
