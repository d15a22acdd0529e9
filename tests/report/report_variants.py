"""The reports that renderers must survive, beside the good one: by name, each built when asked for."""

from __future__ import annotations

from typing import Any

from sample_report import cell, sample_report

from gda_bench.report.model import (
    ArmRow,
    Audit,
    Component,
    Controls,
    DataSource,
    GalleryPair,
    GeneratorPart,
    Interval,
    ProfilePart,
    RealEquivalent,
    Report,
)


def censored() -> Report:
    """A mix above the largest real arm."""
    return sample_report(rho=6.0)


def harmful() -> Report:
    return sample_report(rho=-0.12, width=0.02)


def not_established() -> Report:
    return sample_report(rho=-0.01)


def flat() -> Report:
    """A real curve that does not rise."""
    report = sample_report()
    nothing = RealEquivalent(estimate=200.0, low=None, high=None, censored="flat")
    found = report.equivalence
    assert found
    equivalence = found.model_copy(
        update={
            "real_equivalent": nothing,
            "synthetic_per_real": None,
            "verdict": "not-established",
            "sentence": "More real images do not help here, so nothing can be priced in them.",
        }
    )
    arms = [r.model_copy(update={"real_equivalent": nothing}) if r.real_equivalent else r for r in report.arms]
    return report.model_copy(update={"equivalence": equivalence, "arms": arms})


def failed_control() -> Report:
    report = sample_report()
    assert report.controls.copy_
    wrong = report.controls.copy_.model_copy(
        update={"passed": False, "exchange_rate": Interval(estimate=0.21, low=0.11, high=0.34)}
    )
    return report.model_copy(update={"controls": Controls(copy=wrong, oracle=report.controls.oracle)})


def failed_cells() -> Report:
    report = sample_report()
    lost = {
        ("mix", 1600, 3): ("failed", "RuntimeError: loss is nan at step 212"),
        ("oracle", 800, 1): ("failed", "MemoryError"),
        ("copy", 1600, 4): ("missing", None),
    }
    cells = []
    for c in report.cells:
        found = lost.get((c.arm, c.n_synth, c.seed))
        change = {"status": found[0], "error": found[1], "metrics": None} if found else {}
        cells.append(c.model_copy(update=change))
    failing = {(arm, m) for arm, m, _ in lost}
    arms = [r.model_copy(update={"n": 4, "failed": 1}) if (r.arm, r.n_synth) in failing else r for r in report.arms]
    return report.model_copy(update={"cells": cells, "arms": arms, "warnings": ["3 cells failed."]})


def bare() -> Report:
    """One real arm that failed and nothing else: no curve, no verdict, no controls, no audit, no cost."""
    lost = cell("real", 200, 0, 0, 0.9).model_copy(update={"status": "failed", "metrics": None, "error": "boom"})
    row = ArmRow(arm="real", n_real=200, n_synth=0, n=0, failed=1, mean=None, sd=None)
    changes: dict[str, Any] = {"cells": [lost], "arms": [row], "real_curve": None, "equivalence": None}
    changes |= {"law": None, "tost": None, "controls": Controls(), "audit": Audit(), "cost": []}
    return sample_report(**changes)


def single_seed() -> Report:
    return sample_report(seeds=1)


HOSTILE = "<script>alert(1)</script>\" ' onload=x | [a](javascript:alert(1)) `b` **c** \x1b[31m\u202e\nd"


def hostile() -> Report:
    """Every free string is an attack on some format."""
    report = sample_report(warnings=[HOSTILE], reproduce=HOSTILE, created=HOSTILE, study=HOSTILE)
    source = DataSource(path=HOSTILE, state="modified", digest=HOSTILE, note=HOSTILE)
    task = report.task.model_copy(
        update={
            **dict.fromkeys(("name", "modality", "licence", "citation", "data_digest"), HOSTILE),
            "source": "javascript:alert(1)",
            "classes": [HOSTILE] * 10,
            "caveats": [HOSTILE],
            "reference": {"accuracy": 0.9, HOSTILE: HOSTILE},
            "files": [source],
        }
    )
    component = Component(name=HOSTILE, version=1, params={HOSTILE: HOSTILE}, file_digest=HOSTILE)
    found = report.equivalence
    curve = report.real_curve
    assert found
    assert curve
    odd = cell("real", 50, 0, 0, 0.9).model_copy(update={"status": "failed", "metrics": None, "error": HOSTILE})
    pairs = [
        GalleryPair(label=0, synthetic='x" onerror="alert(1)', nearest="PHN2Zy8+", ratio=0.5),
        *report.audit.gallery,
    ]
    update = {
        "task": task,
        "generator": GeneratorPart(**component.model_dump(), track="open"),
        "classifier": component,
        "protocol": component,
        "filter": component,
        "profile": ProfilePart(name=HOSTILE, settings={HOSTILE: [HOSTILE]}),
        "environment": report.environment.model_copy(update={"os": HOSTILE, "packages": {HOSTILE: HOSTILE}}),
        "equivalence": found.model_copy(update={"sentence": HOSTILE, "metric": HOSTILE}),
        "real_curve": curve.model_copy(update={"metric": HOSTILE}),
        "cells": [*report.cells, odd],
        "audit": report.audit.model_copy(update={"gallery": pairs}),
        "cost": [report.cost[0].model_copy(update={"component": HOSTILE, "device": HOSTILE})],
    }
    return report.model_copy(update=update)


VARIANTS = {
    "established": sample_report,
    "censored": censored,
    "harmful": harmful,
    "not-established": not_established,
    "flat": flat,
    "failed-control": failed_control,
    "failed-cells": failed_cells,
    "bare": bare,
    "single-seed": single_seed,
    "hostile": hostile,
}
