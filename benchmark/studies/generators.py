"""Every from-scratch generator on the same tasks: what it is worth, what it copies, what it costs.

python benchmark/studies/generators.py --store S --out O --data-dir D > benchmark/studies/generators.md
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

from table import interval, options, run, score

from gda_bench.report.model import Report
from gda_bench.store import Store

GENERATORS = ["gaussian", "cvae", "cgan", "vit-cgan", "edm", "ddpm", "flow", "dit"]
TASKS: dict[str, dict[str, Any]] = {
    "digits": {}, "medmnist/breastmnist": {}, "medmnist/pneumoniamnist": {}, "fashion-mnist": {"n_real": 500},
    "cifar10-tenth": {"n_real": 500}, "mednist": {"n_real": 60},
}  # fmt: skip
"""What each task changes in the profile."""
AT_64_PX = ["gaussian", "vit-cgan", "edm", "latent-diffusion"]
"""On MedNIST: what takes a minute of a GPU there, beside the one that needs so many pixels."""
HEAD = (
    "| generator | exchange rate (95 %) | n real alone | n + m | synthetic alone | memorised, % | density | coverage "
    "| told from real, AUC | fit, s | sample, ms an image |"
)
RULE = "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"


def row(report: Report, chosen: argparse.Namespace) -> str:
    arms = {(arm.arm, arm.n_real, arm.n_synth): arm for arm in report.arms}
    found, audit = report.equivalence, report.audit
    assert found is not None, f"{report.generator.name} has no headline"
    flat = found.real_equivalent.censored == "flat"
    cells = [
        report.generator.name, "not readable: flat" if flat else interval(found.exchange_rate),
        score(arms["real", found.n_real, 0]), score(arms["mix", found.n_real, found.n_synth]),
        score(arms.get(("synthetic", 0, found.n_synth))),
        _number(audit.memorised_fraction, 100, 1), _number(audit.density), _number(audit.coverage),
        _number(audit.discriminator_auc), _seconds(report, "fit", chosen),
        _seconds(report, "pool", chosen, found.n_synth),
    ]  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |"


def _number(value: float | None, factor: float = 1, digits: int = 2) -> str:
    return "-" if value is None else f"{factor * value:.{digits}f}"


def _seconds(report: Report, stage: str, chosen: argparse.Namespace, images: int | None = None) -> str:
    """Median time of the study's cells, of one thread of a CPU or of the wall where a GPU did it: of a fit, or for each
    image of a pool."""
    assert report.equivalence is not None
    made = (report.generator.version, report.generator.params)
    records = list(Store(chosen.store).records())
    fits = {
        record.key
        for record in records
        if record.preimage["stage"] == "fit" and record.component == report.generator.name
        and record.preimage["data"] == report.task.data_digest
        and record.preimage["subset"]["n"] == report.equivalence.n_real
        and (record.preimage["generator"]["version"], record.preimage["generator"]["params"]) == made
    }  # fmt: skip
    of_stage = [r for r in records if r.preimage["stage"] == stage and (r.key in fits or r.preimage.get("fit") in fits)]
    if not of_stage:
        return "-"
    median = statistics.median(record.cpu_s if record.device == "cpu" else record.wall_s for record in of_stage)
    return f"{1000 * median / images:.1f}" if images else f"{median:.0f}"


def main() -> None:
    parser = options(__doc__ or "")
    parser.add_argument("--generator", action="append", help="only this one of the study's generators; may be repeated")
    parser.add_argument("--classifier", default="cnn")
    chosen = parser.parse_args()
    began = time.perf_counter()
    print(f"# From-scratch generators, {chosen.seeds} seeds\n")
    print(f"Profile quick, classifier {chosen.classifier}; each was fitted on the n images alone. Scores are test")
    print("accuracy, mean over seeds (standard deviation). Times are CPU seconds on one thread, or seconds with a GPU.")
    print("Made by `benchmark/studies/generators.py`.")
    for task, changes in TASKS.items():
        if chosen.task and task not in chosen.task:
            continue
        generators = chosen.generator or (AT_64_PX if task == "mednist" else GENERATORS)
        reports = run(chosen, "generators", task, generator=generators, classifier=chosen.classifier, set=changes)
        headline = reports[0].equivalence
        assert headline is not None, f"{task} has no headline"
        print(f"\n## {task}, n = {headline.n_real}, m = {headline.n_synth}\n")
        print("\n".join([HEAD, RULE, *(row(report, chosen) for report in reports)]), flush=True)
    print(f"\n{time.perf_counter() - began:.0f} s, with what the store held already.")


if __name__ == "__main__":
    main()
