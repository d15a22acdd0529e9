"""The estimators on a table of results that need not be ours."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from gda_bench.errors import UserError, nearest
from gda_bench.keys import content_key
from gda_bench.protocols.concat import Concat
from gda_bench.report.model import (
    Analysis,
    ArmRow,
    Audit,
    CellRow,
    Component,
    GeneratorPart,
    ProfilePart,
    Report,
    TaskPart,
)
from gda_bench.study.environment import describe
from gda_bench.study.estimate import Design, Estimates, estimate
from gda_bench.study.table import metric_columns, read_table
from gda_bench.study.warnings import distrust

HEADLINE_RATIO = 4
"""Of the measured m / n the one nearest to this is the headline: a rule that looks at no result."""


def analyze(rows: Any, *, metric: str | None = None, n_real: int | None = None, n_synth: int | None = None) -> Analysis:
    """Real curve, exchange rate, law and tests of a table of results.

    rows: a CSV file, a pandas frame or mappings, with `arm,n_real,n_synth,seed,<metric>...` (see table.py).
    metric: default accuracy, or the only one. n_real, n_synth: the mix that the headline is about; default the base
    size with the most mixes, and its m / n nearest to 4. Raises UserError on a table that cannot be read.
    """
    table = read_table(rows)
    chosen = _metric(table, metric)
    base, m = _headline(table, n_real, n_synth)
    cells = [_cell(row, chosen) for row in table.to_dict("records")]
    name = Path(rows).name if isinstance(rows, str | Path) else "the table"
    design = Design(base, m, name, "synthetic", Concat())
    found = estimate(cells, design, chosen)
    return Analysis(
        metric=chosen,
        cells=cells,
        arms=found.arms,
        real_curve=found.real_curve,
        equivalence=found.equivalence,
        law=found.law,
        scaling=found.scaling,
        tost=found.tost,
        controls=found.controls,
        warnings=list(_limits(table, found, design, chosen)),
    )


def as_report(analysis: Analysis, name: str) -> Report:
    """The analysis as a document that every renderer shows; what a table cannot tell is empty. name: of the table."""
    identity = content_key({"stage": "analyze", "cells": [cell.model_dump(mode="json") for cell in analysis.cells]})
    task = TaskPart(
        name=name, version=1, kind="multiclass", shape=[], classes=[], train_counts=[], test_counts=[],
        metric=analysis.metric, modality="unknown", licence="unknown", source="", citation="", data_digest=identity,
    )  # fmt: skip
    return Report(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        study=identity,
        task=task,
        generator=GeneratorPart(name="unknown", version=1, track="open"),
        classifier=Component(name="unknown", version=1),
        profile=ProfilePart(name="none", settings={}),
        protocol=Component(name="unknown", version=1),
        filter=Component(name="unknown", version=1),
        environment=describe("cpu"),
        cells=analysis.cells,
        arms=analysis.arms,
        real_curve=analysis.real_curve,
        equivalence=analysis.equivalence,
        law=analysis.law,
        scaling=analysis.scaling,
        tost=analysis.tost,
        controls=analysis.controls,
        audit=Audit(),
        cost=[],
        warnings=analysis.warnings,
        reproduce=f"gda-bench analyze {name}",
    )


def _metric(table: pd.DataFrame, asked: str | None) -> str:
    known = metric_columns(table)
    if asked is None:
        return "accuracy" if "accuracy" in known else known[0]
    if asked not in known:
        raise UserError(f"the table has no metric {asked!r}: {nearest(asked, known)}")
    return asked


def _headline(table: pd.DataFrame, n_real: int | None, n_synth: int | None) -> tuple[int, int | None]:
    mixes = sorted({(int(n), int(m)) for n, m in table.loc[table["arm"] == "mix", ["n_real", "n_synth"]].to_numpy()})
    if n_real is None:
        # the base with the most mixes; of several the largest
        counts = Counter(n for n, _ in mixes)
        real = table.loc[table["arm"] == "real", "n_real"]
        n_real = max(counts, key=lambda n: (counts[n], n)) if counts else int(real.min()) if len(real) else 0
    sizes = [m for n, m in mixes if n == n_real]
    if n_synth is not None and n_synth not in sizes:
        have = ", ".join(map(str, sizes)) or "none"
        raise UserError(f"the table has no mix of {n_real} real and {n_synth} synthetic images; m at that n: {have}")
    if n_synth is None and sizes:
        n_synth = min(sizes, key=lambda m: abs(math.log(m / n_real / HEADLINE_RATIO)))
    return n_real, n_synth


def _cell(row: Mapping[Any, Any], metric: str) -> CellRow:
    return CellRow(
        arm=row["arm"], n_real=int(row["n_real"]), n_synth=int(row["n_synth"]), seed=int(row["seed"]), status="ok",
        metrics={metric: float(row[metric])}, n_test=int(row["n_test"]) if "n_test" in row else None, key="",
    )  # fmt: skip


def _limits(table: pd.DataFrame, found: Estimates, design: Design, metric: str) -> Iterator[str]:
    yield (
        "Made from a table of results: whether the arms were compared fairly (equal optimiser steps, no test data in "
        "any choice) cannot be seen from it."
    )
    if found.real_curve is None:
        sizes = sorted(set(table.loc[table["arm"] == "real", "n_real"]))
        yield (
            f"No real curve: it takes real arms of two sizes or more, one of them the base n = {design.n_real}; the "
            f"table has {', '.join(map(str, sizes)) or 'none'}. Without it nothing is worth a number of real images."
        )
        return
    if found.equivalence is None:
        yield "No mix at the base size: there is nothing to give a verdict on."
    yield from distrust(found)
    yield _test_set(table, found.arms, metric)
    for name, control in (("copy", found.controls.copy_), ("oracle", found.controls.oracle)):
        if control is None:
            yield f"The control `{name}` was not measured."
        elif control.passed is False:
            yield f"The control `{name}` came out wrong: do not believe this table before you know why."


def _test_set(table: pd.DataFrame, arms: list[ArmRow], metric: str) -> str:
    text = "The intervals hold the noise between seeds only: that of the finite test set takes per-example predictions"
    means = [arm.mean for arm in arms if arm.mean is not None]
    if "n_test" not in table or metric != "accuracy" or not means:
        return f"{text}."
    p, n = sum(means) / len(means), int(table["n_test"].min())
    margin = 100 * 1.96 * math.sqrt(2 * p * (1 - p) / n)
    return f"{text}; with {n:,} test images it could move a difference of two arms by up to {margin:.1f} points."
