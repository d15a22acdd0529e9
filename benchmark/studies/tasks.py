"""Every task whose data are at hand, once end to end: what all its real images give, and what samples are worth.

python benchmark/studies/tasks.py --store S --out O --data-dir D --seeds 3 > benchmark/studies/tasks.md
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
from table import BOUND, interval, options, run

from gda_bench.report.model import Report

PICTURES = (
    "digits", "fashion-mnist", "medmnist/breastmnist", "medmnist/pneumoniamnist", "lidc", "cifar10-tenth",
    "hospital",
)  # fmt: skip
TASKS = {**dict.fromkeys(PICTURES, "cnn"), "mitbih:length=63": "resnet1d", "mednist": "cnn"}
"""Each with its classifier."""
STEPS = 100
"""Of every classifier: a pass through the tool, not the best that a task allows."""
HEAD = (
    "| task | classifier | training | test | patients or records | near-duplicates in test | all real: accuracy "
    "| all real: AUC | published | n | n real alone | n + m | exchange rate (95 %) |"
)
RULE = "|---|---|---:|---:|---:|---:|---:|---:|---|---:|---:|---:|---:|"


def row(report: Report, classifier: str) -> str:
    whole = max((a for a in report.arms if a.arm == "real"), key=lambda a: a.n_real)
    found, task = report.equivalence, report.task
    assert found is not None, f"{task.name} has no headline"
    arms = {(a.arm, a.n_real, a.n_synth): a for a in report.arms}
    cells = [c for c in report.cells if c.arm == "real" and c.n_real == whole.n_real and c.metrics]
    base, mix = arms["real", found.n_real, 0], arms["mix", found.n_real, found.n_synth]
    published = [f"{task.reference[m]:.3f} {m}" for m in ("accuracy", "auc") if m in task.reference]
    columns = [
        task.name, classifier, f"{sum(task.train_counts):,}", f"{sum(task.test_counts):,}",
        " + ".join(map(str, task.groups)) if task.groups else "unknown", _near(report),
        _spread([c.metrics["accuracy"] for c in cells if c.metrics]),
        _spread([c.metrics["auc"] for c in cells if c.metrics and "auc" in c.metrics]),
        ", ".join(published) or "-", found.n_real, f"{base.mean:.3f}", f"{mix.mean:.3f}",
        BOUND[found.real_equivalent.censored] + interval(found.exchange_rate),
    ]  # fmt: skip
    return f"| {' | '.join(map(str, columns))} |"


def _near(report: Report) -> str:
    found = report.task.repeats
    return "-" if found is None else f"{found.near} of {found.looked_at}"


def _spread(values: list[float]) -> str:
    return f"{np.mean(values):.3f} ({np.std(values, ddof=1):.3f})" if len(values) > 1 else "-"


def main() -> None:
    chosen: argparse.Namespace = options(__doc__ or "").parse_args()
    began = time.perf_counter()
    print(f"# Every task end to end, {chosen.seeds} seeds\n")
    print(
        f"Profile quick with {STEPS} steps for each classifier, generator gaussian, protocol concat. `all real` is the"
    )
    print(
        "whole training split, mean over seeds (standard deviation), after those few steps. The exchange rate is of the"
    )
    print("task's primary metric, whose mean the three columns before it show. Made by `benchmark/studies/tasks.py`.\n")
    print("\n".join([HEAD, RULE]), flush=True)
    for task, classifier in TASKS.items():
        if chosen.task and task.partition(":")[0] not in chosen.task:
            continue
        settings: dict[str, Any] = {
            "budget.amount": STEPS, "real_multiples": [0.5, 1, 2, 4], "mix_ratios": [1, 4], "synthetic_ratios": [4],
        }  # fmt: skip
        (report,) = run(chosen, "tasks", task, generator="gaussian", classifier=classifier, set=settings)
        print(row(report, classifier), flush=True)
    print(f"\n{time.perf_counter() - began:.0f} s, with what the store held already.")


if __name__ == "__main__":
    main()
