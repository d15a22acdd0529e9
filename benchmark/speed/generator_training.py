"""What `ddpm`'s recipe for small n costs beside the loop that it cannot do without.

    OMP_NUM_THREADS=1 python benchmark/speed/generator_training.py > benchmark/speed/generator_training.md

`ours` is the fit itself: augmentation, balanced drawing, noise, clipped gradients, averaged weights, and a look at the
held-back images every 50 steps. `bare` is its network and Adam over images that lie in memory, noisy already: forward,
loss, backward, step. The two take turns and count the process's CPU seconds on one thread (with `--device cuda` the
wall's); a ratio is the median of those of the turns. `no looks` is `ours` with a single look at the end, which tells
what looking costs.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable
from statistics import median

import numpy as np
import torch
from torch.nn import functional as F

from gda_bench.api import Images, RunContext, TaskInfo
from gda_bench.api.torch_tools import autocast
from gda_generators.ddpm import DDPM

N, BATCH = 200, 64
SHAPES = {"8x8x1": (8, 8, 1), "28x28x1": (28, 28, 1)}
SETTINGS = {"batch_size": BATCH, "lr": 0.002, "channels": 32, "layers": 1, "grid": 8, "patience": 10**6}
"""Of the quick profile, and no early end."""


def ours(shape: tuple[int, int, int], steps: int, device: str, check_every: int) -> None:
    rng = np.random.default_rng(0)
    train = Images(rng.integers(0, 256, (N, *shape), np.uint8), np.arange(N, dtype=np.int64) % 10)
    task = TaskInfo("noise", "multiclass", shape, tuple("0123456789"))
    DDPM(steps=steps, check_every=check_every, **SETTINGS).fit(train, task, RunContext(0, device))


def bare(shape: tuple[int, int, int], steps: int, device: str) -> None:
    torch.manual_seed(0)
    height, width, depth = shape
    fastest = torch.channels_last if device == "cuda" else torch.contiguous_format
    network = DDPM(**SETTINGS).build(shape, 10).to(device, memory_format=fastest)
    optimizer = torch.optim.Adam(network.parameters(), lr=2e-3, fused=True)
    noisy, target = torch.randn(2, steps, BATCH, depth, height, width, device=device)
    y, t = torch.randint(10, (steps, BATCH), device=device), torch.randint(1000, (steps, BATCH), device=device)
    for x_i, target_i, y_i, t_i in zip(noisy, target, y, t, strict=True):
        with autocast(device):
            out = network(x_i, t_i, y_i)
        optimizer.zero_grad(set_to_none=True)
        F.mse_loss(out.float(), target_i).backward()
        optimizer.step()


def seconds(work: Callable[[], None], device: str) -> float:
    """Of the processor, or of the wall where a GPU works."""
    clock = time.process_time if device == "cpu" else time.perf_counter
    start = clock()
    work()
    if device == "cuda":
        torch.cuda.synchronize()
    return clock() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    args = parser.parse_args()
    where = torch.cuda.get_device_name() if args.device == "cuda" else f"CPU, {platform.machine()}"
    print("# A generator's training loop\n")
    print(f"Made by `python {' '.join(['benchmark/speed/generator_training.py', *sys.argv[1:]])}`; its first lines")
    print(
        f"say how. {where}, {torch.get_num_threads()} thread, torch {torch.__version__.split('+')[0]}, load when this"
    )
    print(f"began {os.getloadavg()[0]:.1f}; {args.steps} steps of {BATCH}, {args.turns} turns (least to most).\n")
    print("| images | loop | ms a step | speed, of `bare` |\n|---|---|---:|---:|")
    for name, shape in SHAPES.items():
        loops: dict[str, Callable[[], None]] = {
            "bare": lambda shape=shape: bare(shape, args.steps, args.device),  # type: ignore[misc]
            "ours": lambda shape=shape: ours(shape, args.steps, args.device, 50),  # type: ignore[misc]
            "no looks": lambda shape=shape: ours(shape, args.steps, args.device, args.steps),  # type: ignore[misc]
        }
        for loop in loops.values():
            loop()
        turns = [{loop: seconds(work, args.device) for loop, work in loops.items()} for _ in range(args.turns)]
        for loop in loops:
            ratios = sorted(turn["bare"] / turn[loop] for turn in turns)
            step = 1000 * median(turn[loop] for turn in turns) / args.steps
            told = f"{median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
            print(f"| {name} | {loop} | {step:.1f} | {told} |", flush=True)


if __name__ == "__main__":
    main()
