"""Rows of a results table, from reports: what the two studies here share."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from folders import brought

import gda_bench
from gda_bench.report.model import ArmRow, Interval, Report

HEAD = (
    "| task | generator | protocol | filter | n | m | n real alone | n + m | gain, points (95 %) "
    "| exchange rate (95 %) | synthetic alone | copy control | oracle control |"
)
BOUND = {None: "", "above": "≥ ", "below": "≤ ", "flat": "not readable: "}
RULE = "|---|---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"


def options(description: str) -> argparse.ArgumentParser:
    """Where things lie, for a script that runs studies."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="where the reports go")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=None)
    parser.add_argument("--task", action="append", help="only this one of the study's tasks; may be repeated")
    return parser


def run(chosen: argparse.Namespace, folder: str, task: str, **study: Any) -> list[Report]:
    """The reports of one request; what the store holds is not run again. task: see folders.brought."""
    name, data_dir = brought(task, chosen.data_dir, chosen.out / "folders")
    return gda_bench.run(
        profile="quick", seeds=chosen.seeds, workers=chosen.workers, store=chosen.store, data_dir=data_dir,
        out=chosen.out / folder, task=name, **study,
    )  # fmt: skip


def row(report: Report) -> str:
    """One line of the table under HEAD."""
    arms = {(arm.arm, arm.n_real, arm.n_synth): arm for arm in report.arms}
    found = report.equivalence
    assert found is not None, f"{report.generator.name} on {report.task.name} has no headline"
    base, mix = arms["real", found.n_real, 0], arms["mix", found.n_real, found.n_synth]
    controls = [
        f"{BOUND[c.real_equivalent.censored]}{interval(c.exchange_rate)}{' (misses)' if c.passed is False else ''}"
        if c
        else "-"
        for c in (report.controls.copy_, report.controls.oracle)
    ]
    cells = [
        report.task.name, report.generator.name, report.protocol.name, report.filter.name, found.n_real, found.n_synth,
        score(base), score(mix), interval(mix.gain, 100, 1),
        BOUND[found.real_equivalent.censored] + interval(found.exchange_rate),
        score(arms.get(("synthetic", 0, found.n_synth))), *controls,
    ]  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |"


def score(arm: ArmRow | None) -> str:
    """Mean and standard deviation over seeds."""
    return "-" if arm is None or arm.mean is None else f"{arm.mean:.3f} ({arm.sd:.3f})"


def interval(found: Interval | None, factor: float = 1, digits: int = 2) -> str:
    """An estimate with its interval; an end beyond what was measured is an ellipsis."""
    if found is None:
        return "-"
    low, high = ("…" if v is None else f"{factor * v:.{digits}f}" for v in (found.low, found.high))
    return f"{factor * found.estimate:.{digits}f} ({low} to {high})"
