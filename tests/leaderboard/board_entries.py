"""Entries for a board: reports as the suite asks for them, light enough to be drawn many times, and their folders."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1] / "report"))

from report_variants import failed_cells, failed_control
from sample_report import sample_report

from gda_bench.report import Report, dumps
from gda_bench.report.model import Component, GeneratorPart, ProfilePart, WeightsPart
from gda_leaderboard.entry import PREDICTIONS, REPORT, VERIFIED, Rung, Verified
from gda_leaderboard.suite import suites

SUITE = suites()["v1"]
TEXTS = ("method", "guide", "faq", "submit", "changelog")

WRITTEN = """## First

| arm | worth |
|---|---|
| `copy` | 0 |

## Second

| a | b |
|---|---:|
| 1 | 2 |

## Controls

The name of a heading may be that of a part of the page.

## Theme

And so may this one.

See [the method](method.md#first) and [a paper](https://arxiv.org/abs/2508.09550).

```sh
gda-bench leaderboard build
```
"""


def suited(report: Report, generator: str, *, task: str = "digits", classifier: str = "cnn", **more: Any) -> Report:
    """The report as if it had been measured on the suite. more: of the generator."""
    known, model = SUITE.tasks[task], SUITE.classifiers[classifier]
    settings = {**SUITE.settings, **known.settings, "seeds": SUITE.seeds}
    part = {"name": generator, "version": 1, "params": {"steps": 400}, "track": "closed", **more}
    cells = [c.model_copy(update={"key": f"{generator} {c.key}"}) if c.arm == "mix" else c for c in report.cells]
    update = {
        "task": report.task.model_copy(
            update={
                "name": task,
                "version": known.version,
                "data_digest": known.data_digest,
                "metric": known.metric,
                "train_counts": known.train_counts,
            }
        ),
        "classifier": Component(name=model.component, version=model.version, params=model.params),
        "generator": GeneratorPart(**part),
        "profile": ProfilePart(name=SUITE.profile, settings=settings),
        "cost": [c.model_copy(update={"component": generator}) for c in report.cost if c.stage in ("fit", "pool")],
        "cells": cells,
        # what only makes a page slow to draw
        **dict.fromkeys(("law", "scaling", "tost")),
        "audit": report.audit.model_copy(update={"embedding": [], "gallery": report.audit.gallery[:4], "closest": []}),
    }
    return report.model_copy(update=update)


def put(results: Path, report: Report, rung: Rung = "recomputed", *, name: str = "", suite: str = "v1") -> Path:
    """Where accepted reports stand."""
    text = dumps(report)
    digest = hashlib.sha256(text.encode()).hexdigest()
    parts = (report.task.name.replace("/", "-"), report.generator.name, report.classifier.name, digest[:8])
    folder = results / suite / (name or "--".join(parts))
    folder.mkdir(parents=True)
    (folder / REPORT).write_text(text, encoding="utf-8", newline="\n")
    (folder / PREDICTIONS).write_bytes(b"predictions")
    predictions = hashlib.sha256(b"predictions").hexdigest()
    verdict = Verified(rung=rung, report=digest, predictions=predictions, gda_bench="0.1.0")
    (folder / VERIFIED).write_text(verdict.model_dump_json(), encoding="utf-8")
    return folder


def write_results(results: Path) -> None:
    """Twelve entries: helping, useless, harmful and beyond the curve; of both tracks; three without a rank."""
    timm = next(name for name in SUITE.classifiers if name != "cnn")
    weights = [WeightsPart(name="unet", source="someone/diffusion", digest="ab" * 32)]
    put(results, suited(sample_report(rho=0.3), "edm"), "reproduced")
    put(results, suited(sample_report(rho=0.12), "flow"))
    put(results, suited(sample_report(rho=-0.01), "gaussian"))
    put(results, suited(sample_report(rho=-0.12, width=0.02), "cvae"))
    put(results, suited(sample_report(rho=6.0), "ddpm"))
    put(results, suited(sample_report(rho=0.2), "sd-lora", track="open", weights=weights))
    put(results, suited(failed_cells(), "dit"), "well-formed")
    put(results, suited(failed_control(), "cgan"))
    put(results, suited(sample_report(rho=5.0), "vit-cgan"), "complete")
    put(results, suited(sample_report(rho=0.25), "edm", classifier=timm))
    put(results, suited(sample_report(rho=0.1), "edm", task="medmnist/breastmnist"))
    put(results, suited(sample_report(rho=-0.01), "gaussian", task="medmnist/breastmnist"))


def write_texts(folder: Path) -> Path:
    """The written pages, each of a few lines with a formula, a table and a link."""
    folder.mkdir(parents=True)
    for name in TEXTS:
        text = f"# {name.capitalize()}\n\nWorth $\\rho = \\frac{{n_{{eq}} - n}}{{m}}$.\n\n{WRITTEN}"
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return folder
