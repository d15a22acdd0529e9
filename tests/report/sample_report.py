"""Reports to render: a realistic one, simulated from a known curve, and the variants that renderers must survive."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from sample_parts import M, N, audit, law, real_mean, scaling, tost

from gda_bench.report.model import (
    ArmRow,
    CellRow,
    Component,
    Control,
    Controls,
    CurvePoint,
    CurveValue,
    DataSource,
    Environment,
    Equivalence,
    GeneratorPart,
    Interval,
    PowerLaw,
    ProfilePart,
    RealCurve,
    RealEquivalent,
    Report,
    StageCost,
    TaskPart,
)

SEEDS = 5
SIZES = (50, 100, 200, 400, 800, 1257)


def inverse(metric: float, real: dict[int, float]) -> float:
    """The size at which the line through the real means reaches `metric`, within what was measured."""
    return math.exp(float(np.interp(metric, sorted(real.values()), [math.log(n) for n in sorted(real)])))


def sample_report(*, rho: float = 0.12, seeds: int = SEEDS, width: float = 0.05, **changes: Any) -> Report:
    """Digits with a generator whose images are worth `rho` of a real one at m = n, with logarithmic returns."""
    rng = np.random.default_rng(7)
    cells: list[CellRow] = []
    arms: list[ArmRow] = []
    shift = rng.normal(0, 0.004, seeds)
    plan: list[tuple[str, int, int, float]] = [("real", n, 0, float(n)) for n in SIZES]
    for m in (100, 200, 400, 800, 1600):
        plan.append(("mix", N, m, N + rho * 3.4 * N * math.log2(1 + m / N) / 3.17))
    plan += [("synthetic", 0, m, 40 + m / 12) for m in (200, 1600)]
    plan += [("copy", N, M, N), ("oracle", N, 800, 1000.0)]
    base: list[float] = []
    real: dict[int, float] = {}
    for arm, n_real, n_synth, worth in plan:
        values = real_mean(worth) + shift + rng.normal(0, 0.003, seeds)
        values = np.round(values * 540) / 540
        if arm == "real":
            real[n_real] = float(np.mean(values))
        if (arm, n_real) == ("real", N):
            base = [float(v) for v in values]
        for seed, value in enumerate(values):
            cells.append(cell(arm, n_real, n_synth, seed, float(value)))
        place = {"arm": arm, "n_real": n_real, "n_synth": n_synth}
        arms.append(_arm(place, [float(v) for v in values], base=base, real=real, width=width))
    by_place = {(row.arm, row.n_real, row.n_synth): row for row in arms}
    headline = by_place["mix", N, M]
    copy, oracle = by_place["copy", N, M], by_place["oracle", N, 800]
    parts: dict[str, Any] = {
        "created": "2026-03-01T09:30:00Z",
        "study": "3f9a" * 16,
        "task": _task(),
        "generator": GeneratorPart(
            name="edm",
            version=1,
            params={"channels": 32, "steps": 400, "sigma_data": 0.5, "ema": 0.999, "augment": "none"},
            track="closed",
        ),
        "classifier": Component(name="cnn", version=1, params={"width": 32, "lr": 0.002, "weight_decay": 0.0005}),
        "profile": ProfilePart(
            name="quick",
            settings={
                "steps": 500,
                "batch": 64,
                "ratios": [0.5, 1, 2, 4, 8],
                "seeds": seeds,
                "optimisation": "steps",
            },
        ),
        "protocol": Component(name="concat", version=1),
        "filter": Component(name="none", version=1),
        "environment": _environment(),
        "cells": cells,
        "arms": arms,
        "real_curve": _curve(arms),
        "equivalence": _equivalence(headline),
        "law": law(rho),
        "scaling": scaling(),
        "tost": tost(),
        "controls": Controls(copy=control(copy, 0.0, True), oracle=control(oracle, 1.0, True)),
        "audit": audit(),
        "cost": [
            StageCost(
                stage="fit",
                component="edm",
                cells=5,
                wall_s=312.4,
                cpu_s=618.0,
                peak_memory_mb=914.0,
                device="cpu",
            ),
            StageCost(
                stage="pool",
                component="edm",
                cells=5,
                wall_s=41.2,
                cpu_s=80.1,
                peak_memory_mb=1204.0,
                device="cpu",
            ),
            StageCost(stage="audit", component="edm", cells=5, wall_s=3.21, cpu_s=6.0, device="cpu"),
            StageCost(
                stage="train",
                component="cnn",
                cells=75,
                wall_s=1184.0,
                cpu_s=2301.5,
                peak_memory_mb=512.3,
                device="cpu",
            ),
        ],
        "warnings": [],
        "reproduce": "gda-bench run --task digits --generator edm --classifier cnn --profile quick --seeds 5",
    }
    return Report(**{**parts, **changes})


def cell(arm: Any, n_real: int, n_synth: int, seed: int, value: float) -> CellRow:
    metrics = {"accuracy": value, "auc": 1 - (1 - value) / 9, "balanced_accuracy": value - 0.00123456789}
    return CellRow(
        arm=arm,
        n_real=n_real,
        n_synth=n_synth,
        seed=seed,
        status="ok",
        metrics=metrics,
        wall_s=15.3,
        key=f"{arm}{n_real:05d}{n_synth:05d}{seed:02d}" + "c0ffee" * 8,
    )


def control(row: ArmRow, expected: float, passed: bool) -> Control:
    assert row.exchange_rate
    assert row.real_equivalent
    return Control(
        n_synth=row.n_synth,
        expected=expected,
        exchange_rate=row.exchange_rate,
        real_equivalent=row.real_equivalent,
        **{"pass": passed},
    )


def _arm(
    place: dict[str, Any], values: list[float], *, base: list[float], real: dict[int, float], width: float
) -> ArmRow:
    mean = float(np.mean(values))
    sd = float(np.std(values, ddof=1)) if len(values) > 1 else None
    row = {**place, "n": len(values), "failed": 0, "mean": mean, "sd": sd}
    if place["arm"] == "real":
        return ArmRow(**row)
    worth = inverse(mean, real)
    gain = mean - float(np.mean(base))
    censored = "above" if worth >= SIZES[-1] else "below" if worth <= SIZES[0] else None
    low, high = worth * math.exp(-6 * width), worth * math.exp(7 * width)
    found = RealEquivalent(
        estimate=worth,
        low=low if low > SIZES[0] else None,
        high=high if high < SIZES[-1] else None,
        censored=censored,
    )
    rate = Interval(
        estimate=(worth - place["n_real"]) / place["n_synth"],
        low=None if found.low is None else (found.low - place["n_real"]) / place["n_synth"],
        high=None if found.high is None else (found.high - place["n_real"]) / place["n_synth"],
    )
    half = 0.0035 * width / 0.05
    return ArmRow(
        **row,
        gain=Interval(estimate=gain, low=gain - half, high=gain + half),
        real_equivalent=found,
        exchange_rate=rate,
    )


def _equivalence(row: ArmRow) -> Equivalence:
    worth, rate = row.real_equivalent, row.exchange_rate
    assert worth
    assert rate
    low, high = rate.low, rate.high
    verdict = "not-established"
    if worth.censored:
        verdict = "censored"
    elif low is not None and low > 0:
        verdict = "established"
    elif high is not None and high < 0:
        verdict = "harmful"
    bound = {"above": "at least ", "below": "at most "}.get(worth.censored or "", "")
    return Equivalence(
        n_real=N,
        n_synth=M,
        metric="accuracy",
        real_equivalent=worth,
        exchange_rate=rate,
        synthetic_per_real=Interval(estimate=1 / rate.estimate, low=1 / high, high=1 / low)
        if verdict == "established" and low and high
        else None,
        verdict=verdict,
        sentence=f"200 real images and 1,600 synthetic ones do as well as {bound}{worth.estimate:,.0f} real images: "
        f"one synthetic image is worth {bound}{rate.estimate:.2f} of a real one.".replace("-", "−"),
    )


def _curve(arms: list[ArmRow]) -> RealCurve:
    real = [row for row in arms if row.arm == "real"]
    points = [CurvePoint(n=r.n_real, mean=r.mean or 0, sd=r.sd, seeds=r.n) for r in real]
    fitted = []
    for n in np.geomspace(SIZES[0], SIZES[-1], 60):
        value = float(np.interp(math.log(n), [math.log(p.n) for p in points], [p.mean for p in points]))
        fitted.append(CurveValue(n=float(n), value=value, low=value - 0.0045, high=value + 0.004))
    return RealCurve(
        metric="accuracy",
        points=points,
        fitted=fitted,
        power_law=PowerLaw(a=0.36, b=0.42, c=0.004, rmse=0.0008),
        pooled_sd=0.0031,
        degrees_of_freedom=44,
        test_sd=0.0042,
    )


def _task() -> TaskPart:
    return TaskPart(
        name="digits",
        version=1,
        kind="multiclass",
        shape=[8, 8, 1],
        classes=[str(i) for i in range(10)],
        train_counts=[124, 127, 124, 128, 127, 127, 127, 125, 122, 126],
        test_counts=[54, 55, 53, 55, 54, 55, 54, 54, 52, 54],
        metric="accuracy",
        modality="handwritten digits",
        licence="CC BY 4.0",
        source="https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits",
        citation="Alpaydin & Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning Repository",
        caveats=["Writers are shared between the splits."],
        reference={"accuracy": 0.983, "source": "k-nearest neighbours, UCI documentation"},
        data_digest="9d4e" * 16,
        files=[DataSource(path="sklearn/datasets/data/digits.csv.gz", state="official", digest="09f6" * 16)],
    )


def _environment() -> Environment:
    return Environment(
        gda_bench="0.1.0",
        python="3.11.9",
        torch="2.11.0",
        device="cpu",
        os="Linux 6.1 x86_64",
        cpus=2,
        git_commit="5c1d2e7",
        git_dirty=False,
        packages={"numpy": "2.4.6", "scikit-learn": "1.9.1"},
    )
