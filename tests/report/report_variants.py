"""The reports that renderers must survive, beside the good one: by name, each built when asked for."""

from __future__ import annotations

from typing import Any

from sample_parts import candidate
from sample_report import cell, sample_report

from gda_bench.report.model import (
    ArmRow,
    Audit,
    Component,
    Controls,
    DataSource,
    Exponent,
    FilterKept,
    GalleryPair,
    Gap,
    GeneratorPart,
    Interval,
    Law,
    LawCandidate,
    LawPoint,
    MapPoint,
    OtherImagesPart,
    ProfilePart,
    RealEquivalent,
    Report,
    Tost,
    WeightsPart,
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
    changes |= {"law": None, "tost": None, "scaling": None, "controls": Controls(), "audit": Audit(), "cost": []}
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
    law = report.law
    assert law
    fits = [
        fit.model_copy(
            update={"name": f"{i} {HOSTILE}", "formula": HOSTILE, "parameters": {HOSTILE: fit.parameters[k]}}
        )
        for i, fit in enumerate(law.candidates)
        for k in list(fit.parameters)[:1]
    ]
    kept = FilterKept(kept_fraction=0.0, kept_per_seed=[0.0, 0.00001], uses=HOSTILE)
    named = {"selected": fits[0].name, "candidates": fits, "note": HOSTILE, "reference": {HOSTILE: 1.5}}
    update = {
        "law": law.model_copy(update=named),
        "task": task,
        "generator": GeneratorPart(
            **component.model_dump(),
            track="open",
            weights=[WeightsPart(name=HOSTILE, source=HOSTILE, revision=HOSTILE, digest=HOSTILE)],
            other_images=OtherImagesPart(source=HOSTILE, count=3, data_digest=HOSTILE),
        ),
        "classifier": component,
        "protocol": component,
        "filter": component,
        "profile": ProfilePart(name=HOSTILE, settings={HOSTILE: [HOSTILE]}),
        "environment": report.environment.model_copy(update={"os": HOSTILE, "packages": {HOSTILE: HOSTILE}}),
        "equivalence": found.model_copy(update={"sentence": HOSTILE, "metric": HOSTILE}),
        "real_curve": curve.model_copy(update={"metric": HOSTILE}),
        "cells": [*report.cells, odd],
        "audit": report.audit.model_copy(update={"gallery": pairs, "closest": pairs, "filter_kept": kept}),
        "cost": [report.cost[0].model_copy(update={"component": HOSTILE, "device": HOSTILE})],
    }
    return report.model_copy(update=update)


def filtered() -> Report:
    """Half of the pool rejected, under a protocol that moves copies and leaves the oracle no known answer."""
    report = sample_report(
        protocol=Component(name="weighted", version=1, params={"real": 0.8}),
        filter=Component(name="realism", version=1, params={"k": 3, "minimum": 1.0}),
        warnings=["The control `oracle` has no known answer under the protocol `weighted`: it is a ceiling."],
    )
    cells = [
        c.model_copy(update={"n_kept": c.n_synth // 2 + c.seed}) if c.arm in ("mix", "synthetic") else c
        for c in report.cells
    ]
    kept = FilterKept(
        kept_fraction=0.503,
        kept_per_seed=[0.48, 0.51, 0.52, 0.5, 0.505],
        uses="features of a classifier trained on the n real images",
    )
    copy, oracle = report.controls.copy_, report.controls.oracle
    assert copy
    assert oracle
    moved = copy.model_copy(
        update={"passed": None, "exchange_rate": Interval(estimate=0.08, low=0.03, high=0.13)},
    )
    ceiling = oracle.model_copy(update={"passed": None, "expected": None})
    update = {"cells": cells, "audit": report.audit.model_copy(update={"filter_kept": kept})}
    return report.model_copy(update={**update, "controls": Controls(copy=moved, oracle=ceiling)})


def copying() -> Report:
    """A generator that repeats its training images, and test images as well."""
    report = sample_report()
    worse = {
        **{"memorised_fraction": 0.874, "memorised_features": 0.91, "memorised_per_seed": [0.87, 0.88, 0.872]},
        **{"copying": True, "test_leak": True, "test_leak_fraction": 0.041, "discriminator_auc": 0.972},
    }
    return report.model_copy(update={"audit": report.audit.model_copy(update=worse)})


def optimum() -> Report:
    """A law with a peak inside what was measured; the others have no curve, bounds or parameters."""
    report = sample_report()
    assert report.law
    peaked = candidate("saturating", 0.0009, {"g": 90.0, "m0": 400.0})
    none = LawCandidate(name="none", formula="n", cv_rmse=0.0051, parameters={})
    open_ended = LawCandidate(
        name="power",
        formula="n + ρ mᵈ n¹⁻ᵈ",
        cv_rmse=0.0021,
        parameters={
            "rho": Interval(estimate=3e-7, low=None, high=4.2e6),
            "d": Interval(estimate=2, low=None, high=None),
        },
    )
    law = Law(selected="saturating", candidates=[none, peaked, open_ended], reference={"CIFAR-10": 2.53})
    gap = Gap(n_synth=200, metric_gap=Interval(estimate=0.002, low=-0.004, high=0.008), content=-0.01, fidelity=None)
    two = [MapPoint(x=float(i), y=float(-i), label=i % 2, real=i % 3 > 0) for i in range(40)]
    task = report.task.model_copy(update={"kind": "binary", "classes": ["benign", "malignant"]})
    audit = report.audit.model_copy(update={"gap": gap, "embedding": two, "gallery": [], "baseline": None})
    scaling = [Exponent(arm="real", slope=Interval(estimate=0.02, low=-0.1, high=None), sizes=[50, 100])]
    tost = [
        Tost(margin=margin, n_synth=m, n_real=200, p_value=0.8, equivalent=False)
        for m, margin in ((1, 0.01), (9, 0.02))
    ]
    return report.model_copy(update={"law": law, "audit": audit, "scaling": scaling, "tost": tost, "task": task})


def bounds_only() -> Report:
    """Nothing but bounds: each mix beyond the curve on one side, no point of a law inside it, one image in the map."""
    report = sample_report()
    beyond = [
        RealEquivalent(estimate=1257.0, low=None, high=None, censored="above"),
        RealEquivalent(estimate=50.0, low=None, high=None, censored="below"),
    ]
    arms = [
        r.model_copy(update={"real_equivalent": beyond[r.n_synth % 200 == 0]}) if r.arm == "mix" else r
        for r in report.arms
    ]
    far = LawCandidate(
        name="constant",
        formula="n + ρ m",
        cv_rmse=0.5,
        parameters={"rho": Interval(estimate=1e9, low=-1e9, high=1e12)},
        curve=[LawPoint(n_synth=m, real_equivalent=1e9 * m, metric=1.0) for m in (0, 1, 1600)],
    )
    harmful = LawCandidate(
        name="harm",
        formula="n − m",
        cv_rmse=0.6,
        parameters={},
        curve=[LawPoint(n_synth=m, real_equivalent=200.0 - m, metric=0.0) for m in (100, 300, 1600)],
    )
    law = Law(selected="constant", candidates=[far, harmful], c2=Interval(estimate=0.4, low=None, high=None))
    audit = report.audit.model_copy(update={"embedding": [MapPoint(x=1e6, y=-1e6, label=99, real=False)]})
    return report.model_copy(update={"arms": arms, "law": law, "audit": audit, "scaling": [], "tost": []})


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
    "filtered": filtered,
    "copying": copying,
    "optimum": optimum,
    "bounds-only": bounds_only,
}
