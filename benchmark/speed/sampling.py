"""How fast `ddpm` draws images, beside diffusers' own DDIMPipeline on the same network at the same evaluations.

    OMP_NUM_THREADS=2 python benchmark/speed/sampling.py > benchmark/speed/sampling.md

Each row is one run: the two take turns, and the ratio is of their fastest turns. `forward` is the network alone,
evaluated as often, on the batch that `ddpm` draws. The pipeline's network is told the labels and is in float32, as the
pipeline leaves it; the ratio is to the batch that is fastest for it among those tried. `--clock cpu` counts the
processor's seconds in place of the wall's, which is what a machine that others use as well can tell.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from diffusers import DDIMPipeline
from diffusers.models.unets.unet_2d import UNet2DOutput
from torch import Tensor, nn

from gda_bench.api import RunContext
from gda_bench.api.torch_tools import autocast
from gda_generators.ddpm import DDPM

EVALUATIONS = 10
BATCHES = (32,)
"""Images at once that the pipeline is tried at, beside all of them."""


@dataclass(frozen=True)
class Row:
    """One line of the table. shape: (H, W, C). images: drawn in a turn."""

    shape: tuple[int, int, int]
    channels: int
    layers: int
    images: int


ROWS = (Row((8, 8, 1), 32, 1, 256), Row((28, 28, 1), 32, 1, 64), Row((28, 28, 3), 64, 2, 64))


class Unconditional(nn.Module):
    """The conditional U-Net as a pipeline calls it: labels are filled in, all else is the network's own."""

    def __init__(self, network: nn.Module, depth: int, size: tuple[int, int]) -> None:
        super().__init__()
        self.network = network
        self.config = type("Config", (), {"in_channels": depth, "sample_size": size})
        self.dtype, self.device = torch.float32, next(network.parameters()).device

    def forward(self, x: Tensor, t: Tensor) -> UNet2DOutput:
        labels = torch.zeros(len(x), dtype=torch.long, device=x.device)
        return UNet2DOutput(self.network(x, t.to(x.device).expand(len(x)), labels))


def seconds(work: Callable[[], object], device: str, clock: Callable[[], float]) -> float:
    """Of one turn."""
    start = clock()
    work()
    if device == "cuda":
        torch.cuda.synchronize()
    return clock() - start


def turns_of(row: Row, device: str) -> dict[str, Callable[[], object]]:
    """What is timed, by name; each draws or evaluates `row.images` images."""
    generator = DDPM(channels=row.channels, layers=row.layers, sampler_steps=EVALUATIONS)
    generator.shape, generator.n_classes = row.shape, 10
    generator.network = generator.build(row.shape, 10).to(device).eval()
    theirs = DDPM(channels=row.channels, layers=row.layers).build(row.shape, 10).to(device).eval()
    theirs.load_state_dict(generator.network.state_dict())
    pipeline = DDIMPipeline(Unconditional(theirs, row.shape[2], row.shape[:2]), generator.scheduler())
    pipeline.set_progress_bar_config(disable=True)
    labels = np.arange(row.images) % 10

    def draw_with_pipeline(batch: int) -> None:
        for start in range(0, row.images, batch):
            size = min(batch, row.images - start)
            pipeline(batch_size=size, num_inference_steps=EVALUATIONS, output_type="np")

    def forward() -> None:
        y = torch.from_numpy(labels).to(device)
        x, t = generator.noise(len(y), device), torch.full((len(y),), 500, device=device)
        with torch.inference_mode(), autocast(device):
            for _ in range(EVALUATIONS):
                generator.evaluate(x, t, y)

    named: dict[str, Callable[[], object]] = {"ddpm": lambda: generator.sample(labels, RunContext(0, device))}
    named["forward"] = forward
    for batch in sorted({*(b for b in BATCHES if b < row.images), row.images}):
        named[f"pipeline at {batch}"] = partial(draw_with_pipeline, batch)
    return named


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--rows", type=int, default=len(ROWS), help="only so many, from the first")
    parser.add_argument("--images", type=int, help="drawn in a turn, in place of each row's own number")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall")
    args = parser.parse_args()
    clock = time.perf_counter if args.clock == "wall" else time.process_time
    where = torch.cuda.get_device_name() if args.device == "cuda" else f"CPU, {platform.machine()}"
    print("# Sampling throughput\n")
    print(f"Made by `python {' '.join(['benchmark/speed/sampling.py', *sys.argv[1:]])}`; its first lines say how.")
    print(f"{where}, {torch.get_num_threads()} threads of {os.cpu_count()}, torch {torch.__version__.split('+')[0]};")
    print(f"{EVALUATIONS} evaluations an image, the fastest of {args.turns} turns, by {args.clock} seconds.\n")
    print("| images | network | drawn | ddpm, img/s | DDIMPipeline, img/s | ratio | forward alone, img/s |")
    print("|---|---|---:|---:|---:|---:|---:|")
    for own in ROWS[: args.rows]:
        row = replace(own, images=args.images or own.images)
        named = turns_of(row, args.device)
        for work in named.values():
            work()
        fastest = dict.fromkeys(named, float("inf"))
        for _ in range(args.turns):
            for name, work in named.items():
                fastest[name] = min(fastest[name], seconds(work, args.device, clock))
        pipeline = min((v, k) for k, v in fastest.items() if k.startswith("pipeline"))
        ours, theirs, forward = (row.images / t for t in (fastest["ddpm"], pipeline[0], fastest["forward"]))
        size, network = "x".join(map(str, row.shape)), f"{row.channels} channels, {row.layers} blocks"
        at = pipeline[1].removeprefix("pipeline ")
        print(
            f"| {size} | {network} | {row.images} | {ours:.1f} | {theirs:.1f} ({at}) "
            f"| {ours / theirs:.2f} | {forward:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
