"""What the way from a data set to the network costs a classifier's training: time beside two loops, and memory.

    OMP_NUM_THREADS=1 python benchmark/speed/classifier_input.py > benchmark/speed/classifier_input.md

`ours` is `cnn`'s fit, augmentation `standard` included. `bare` is its network and optimiser over batches that lie in
memory as float tensors: forward, loss, backward, step, nothing else. `loader` is the same over torch's DataLoader,
which shifts and scales image by image with torchvision, in the training process. The three take turns and count the
process's CPU seconds on one thread (with `--device cuda` the wall's); a ratio is the median of those of the turns.
Memory is the peak of a process of its own while it trains for a few steps, with images in a file that is mapped, by
what the kernel counts as its own (anonymous) and as pages of the file, which the kernel drops when it needs them.
"""

from __future__ import annotations

import argparse
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from threading import Event, Thread

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

from gda_bench.api import Batches, Images, RunContext, TaskInfo
from gda_bench.api.torch_tools import autocast
from gda_classifiers.cnn import CNN

BATCH = 64
SIDE, LARGE = 28, 224
MiB = 2**20


def images(n: int, side: int, depth: int = 1) -> Images:
    rng = np.random.default_rng(0)
    return Images(rng.integers(0, 256, (n, side, side, depth), np.uint8), np.arange(n, dtype=np.int64) % 10)


def task(side: int, depth: int = 1) -> TaskInfo:
    return TaskInfo("noise", "multiclass", (side, side, depth), tuple("0123456789"))


def ours(train: Images, steps: int, device: str) -> None:
    CNN().fit(Batches.plain(train, steps, BATCH, seed=0), task(SIDE), RunContext(0, device))


def steps_over(
    batches: Callable[[], list[tuple[Tensor, Tensor]] | DataLoader[tuple[Tensor, Tensor]]], device: str
) -> None:
    """The same network and optimiser over batches of float images (N, C, H, W) and labels."""
    torch.manual_seed(0)
    network = CNN().build(task(SIDE)).to(device, memory_format=torch.channels_last)
    fused = device == "cuda" or None
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=0.05, fused=fused)
    for image, label in batches():
        x, y = image.to(device), label.to(device)
        with autocast(device):
            logits = network(x)
        loss = F.cross_entropy(logits.float(), y)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()


class OneByOne(Dataset[tuple[Tensor, Tensor]]):
    """The usual data set: an image and its transforms at a time."""

    def __init__(self, train: Images) -> None:
        self.train = train
        self.transform = v2.Compose(
            [
                v2.ToPILImage(),
                v2.RandomCrop(SIDE, padding=SIDE // 16, padding_mode="edge"),
                v2.ToImage(),
                v2.ToDtype(torch.float32, scale=True),
                v2.Normalize([0.5], [0.5]),
            ]
        )

    def __len__(self) -> int:
        return len(self.train)

    def __getitem__(self, i: int) -> tuple[Tensor, Tensor]:
        return self.transform(self.train.x[i]), torch.tensor(self.train.y[i])


def seconds(work: Callable[[], None], device: str) -> float:
    """Of the processor, or of the wall where a GPU works."""
    if device == "cpu":
        start = time.process_time()
        work()
        return time.process_time() - start
    start = time.perf_counter()
    work()
    torch.cuda.synchronize()
    return time.perf_counter() - start


def throughput(steps: int, turns: int, device: str) -> None:
    train = images(BATCH * steps, SIDE)
    x = torch.from_numpy(train.x).permute(0, 3, 1, 2).float().div(127.5).sub(1)
    x = x.to(device).contiguous(memory_format=torch.channels_last)
    lying = list(zip(x.split(BATCH), torch.from_numpy(train.y).to(device).split(BATCH), strict=True))
    loops: dict[str, Callable[[], None]] = {
        "bare": lambda: steps_over(lambda: lying, device),
        "ours": lambda: ours(train, steps, device),
        "loader": lambda: steps_over(lambda: DataLoader(OneByOne(train), BATCH, shuffle=True), device),
    }
    for loop in loops.values():
        loop()
    times = [{name: seconds(loop, device) for name, loop in loops.items()} for _ in range(turns)]
    print(f"| loop | images a {'CPU ' * (device == 'cpu')}second | of `bare` |\n|---|---:|---:|")
    for name in loops:
        rate = median(len(train) / turn[name] for turn in times)
        ratios = sorted(turn["bare"] / turn[name] for turn in times)
        print(f"| {name} | {rate:.0f} | {median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}) |")
    gains = sorted(turn["loader"] / turn["ours"] for turn in times)
    print(
        f"\n`ours` is {median(gains):.1f} times as fast as `loader` ({gains[0]:.1f} to {gains[-1]:.1f}).\n", flush=True
    )


def resident() -> tuple[int, int]:
    """Anonymous and file pages of this process, MiB."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines["RssAnon"].split()[0]) // 1024, int(lines["RssFile"].split()[0]) // 1024


def train_mapped(path: str, n: int, steps: int) -> None:
    """In a process of its own: train on a mapped file; print the peaks of anonymous and file pages, MiB."""
    x = np.memmap(path, np.uint8, "r", shape=(n, LARGE, LARGE, 3))
    # no process may map more of its own than this, whatever the file's size: a copy of a large set would fail
    resource.setrlimit(resource.RLIMIT_DATA, (3 * 1024 * MiB, resource.RLIM_INFINITY))
    seen, done = [resident()], Event()

    def watch() -> None:
        while not done.wait(0.01):
            seen.append(resident())

    watcher = Thread(target=watch)
    watcher.start()
    train = Images(x, np.arange(n, dtype=np.int64) % 10)
    CNN(width=8).fit(Batches.plain(train, steps, 32, seed=0), task(LARGE, 3), RunContext(0))
    done.set()
    watcher.join()
    print(max(anon for anon, _ in seen), max(file for _, file in seen))


def memory(sizes: list[int], steps: int) -> None:
    print(f"| images of {LARGE} px | file, MiB | own pages at the peak, MiB | file pages, MiB |\n|---:|---:|---:|---:|")
    for n in sizes:
        with tempfile.NamedTemporaryFile() as file:
            file.truncate(n * LARGE * LARGE * 3)  # holes read as zeros: the file takes no disk, its pages are mapped
            command = [sys.executable, __file__, "--mapped", file.name, str(n), str(steps)]
            told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        print(f"| {n} | {n * LARGE * LARGE * 3 // MiB} | {told[0]} | {told[1]} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--steps", type=int, default=25)
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu", help="of the first table")
    parser.add_argument("--mapped", nargs=3, metavar=("FILE", "N", "STEPS"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.mapped:
        train_mapped(args.mapped[0], int(args.mapped[1]), int(args.mapped[2]))
        return
    print("# The input path of a classifier's training\n")
    print("Made by `OMP_NUM_THREADS=1 python benchmark/speed/classifier_input.py`; its first lines say how.")
    where = torch.cuda.get_device_name() if args.device == "cuda" else f"CPU, {platform.machine()}"
    print(f"{where}, {torch.get_num_threads()} thread, torch {torch.__version__.split('+')[0]}.\n")
    print(f"`cnn` at {SIDE} px, {args.steps} steps of {BATCH} images a turn, {args.turns} turns (least to most).\n")
    throughput(args.steps, args.turns, args.device)
    print("`cnn:width=8` at 224 px, 4 steps of 32 images; no more than 3 GiB of its own is allowed to the process.\n")
    memory([1000, 32000], 4)


if __name__ == "__main__":
    main()
