"""Small trainings as one against one by one: the same classifiers on the same batches, turn by turn in one run.

    python benchmark/speed/replicas.py --device cuda > benchmark/speed/replicas.md

Random images of 28 x 28; what is compared are the seconds of `fit`, the network's making included. On a GPU the steps
of both are recorded and replayed (gda_bench/api/replayed.py): one by one, too, the GPU waits little.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time

import numpy as np
import torch

from gda_bench.api import Batches, Images, RunContext, TaskInfo
from gda_bench.study.environment import device_name
from gda_classifiers.cnn import CNN

SHAPE, CLASSES, IMAGES, BATCH = (28, 28, 1), 10, 1000, 64


def seconds(count: int, steps: int, device: str, *, together: bool) -> float:
    """Of as many trainings."""
    rng = np.random.default_rng(0)
    data = Images(rng.integers(0, 256, (IMAGES, *SHAPE), np.uint8), rng.integers(0, CLASSES, IMAGES))
    task = TaskInfo(
        name="noise", kind="multiclass", shape=SHAPE, classes=tuple(map(str, range(CLASSES))), metric="accuracy"
    )
    classifiers = [CNN() for _ in range(count)]
    batches = [Batches.plain(data, steps, BATCH, seed) for seed in range(count)]
    contexts = [RunContext(seed=seed, device=device) for seed in range(count)]
    began = time.perf_counter()
    if together:
        CNN.fit_together(classifiers, batches, task, contexts)
    else:
        for classifier, own, ctx in zip(classifiers, batches, contexts, strict=True):
            classifier.fit(own, task, ctx)
    if device.startswith("cuda"):
        torch.cuda.synchronize()
    return time.perf_counter() - began


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options.add_argument("--replicas", type=int, nargs="+", default=[4, 16])
    options.add_argument("--steps", type=int, default=300)
    options.add_argument("--turns", type=int, default=3)
    chosen = options.parse_args()
    print("# Trainings as one\n")
    print("Made by `python benchmark/speed/replicas.py`; its first lines say how.")
    print(
        f"`cnn`, {chosen.steps} steps of {BATCH} images, {chosen.turns} turns, {device_name(chosen.device)}, ", end=""
    )
    print(f"torch {torch.__version__}, load when this began {os.getloadavg()[0]:.1f}.\n")
    print("| replicas | one by one, s | as one, s | ratio |")
    print("|---:|---:|---:|---:|")
    for count in chosen.replicas:
        seconds(2, 5, chosen.device, together=False), seconds(count, 5, chosen.device, together=True)
        pairs = [
            (
                seconds(count, chosen.steps, chosen.device, together=False),
                seconds(count, chosen.steps, chosen.device, together=True),
            )
            for _ in range(chosen.turns)
        ]
        alone, one = (statistics.median(times) for times in zip(*pairs, strict=True))
        print(f"| {count} | {alone:.2f} | {one:.2f} | {statistics.median(a / b for a, b in pairs):.2f} |", flush=True)


if __name__ == "__main__":
    main()
