"""A classifier on all training images of a MedMNIST set, beside the figures that its publishers give.

OMP_NUM_THREADS=1 python benchmark/studies/published.py --data-dir D --task medmnist/breastmnist --steps 340
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from gda_bench.api import Batches, RunContext
from gda_bench.metrics import score
from gda_bench.registry import resolve
from gda_bench.seeds import derive_seed
from gda_bench.task_data import load_task

BATCH = 64


def trained(
    seed: int, *, task: str, classifier: str, steps: int, data_dir: Path, device: str
) -> tuple[float, float, float]:
    """Accuracy and AUC on the official test split, and CPU seconds; no choice was made by it."""
    began = time.process_time()
    data = load_task(resolve("tasks", task), data_dir)
    model = resolve("classifiers", classifier).create()
    batches = Batches.plain(data.train, steps, BATCH, derive_seed(seed, "batches", task))
    model.fit(batches, data.info, RunContext(derive_seed(seed, "train", task, classifier), device))
    found = score(data.test.y, model.predict_proba(data.test.x))
    return found["accuracy"], found["auc"], time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--task", default="medmnist/breastmnist")
    parser.add_argument("--classifier", default="timm:model=resnet18")
    parser.add_argument("--steps", type=int, default=340)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    chosen = parser.parse_args()
    run = partial(
        trained, task=chosen.task, classifier=chosen.classifier, steps=chosen.steps, data_dir=chosen.data_dir,
        device=chosen.device,
    )  # fmt: skip
    with ProcessPoolExecutor(chosen.workers, get_context("spawn")) as pool:
        found = []
        for seed, scores in enumerate(pool.map(run, range(chosen.seeds))):
            print(f"seed {seed}: accuracy {scores[0]:.3f}, AUC {scores[1]:.3f}", file=sys.stderr, flush=True)
            found.append(scores)
    accuracy, auc, seconds = np.array(found).T
    known = resolve("tasks", chosen.task).create().info.reference
    print(
        "| task | classifier | steps of 64 | accuracy (sd) | published | AUC (sd) | published | seeds | CPU s a seed |"
    )
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|")
    columns = [
        chosen.task, chosen.classifier, chosen.steps, f"{accuracy.mean():.3f} ({accuracy.std(ddof=1):.3f})",
        known.get("accuracy", "-"), f"{auc.mean():.3f} ({auc.std(ddof=1):.3f})", known.get("auc", "-"), chosen.seeds,
        f"{np.median(seconds):.0f}",
    ]  # fmt: skip
    print(f"| {' | '.join(map(str, columns))} |")


if __name__ == "__main__":
    main()
