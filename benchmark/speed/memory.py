"""How much memory each stage needs as the data set grows.

    python benchmark/speed/memory.py > benchmark/speed/memory.md

Every cell works on the whole training split (n real images, and as many samples) in a process of its own, or two for
a generator, and tells the most that one of them held. `growth` is what that rose by from the smallest to the largest
set, in bytes a byte of the training split: 1 where nothing but the data set itself is held. Trainings are short: how
long one takes changes none of this.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from gda_bench.executors.worker import Worker
from gda_bench.registry import resolve
from gda_bench.stages import AuditCell, Cell, EmbedCell, FitCell, PoolCell, TrainCell
from gda_bench.store import Store
from gda_bench.task_data import load_task

HERE = Path(__file__).parent
STEPS, BATCH = 5, 64
SHORT = "batch_size=64,steps=5,check_every=5"
GENERATORS = (
    f"ddpm:{SHORT},channels=16,layers=1,grid=8,sampler_steps=2",
    f"cgan:{SHORT}",
    f"cvae:{SHORT}",
    "gaussian",
    "copy",
)
MIB = 2**20


def cells(n: int, root: Path, generators: Sequence[str]) -> list[tuple[str, Cell]]:
    """What is measured at a size, needs first, with names."""
    task = resolve("tasks", f"{HERE / 'noise_task.py'}:Noise:n={n}")
    digest = load_task(task, root).digest
    classifier, concat = resolve("classifiers", "cnn:width=8"), resolve("protocols", "concat")
    real = TrainCell(task, digest, 0, classifier, concat, n, STEPS, BATCH, kept=True)
    found: list[tuple[str, Cell]] = [("train cnn, n real", real)]
    for text in generators:
        generator = resolve("generators", text)
        fit = FitCell(task, digest, 0, generator, n)
        found.append((f"fit {generator.name}", fit))
        pool = PoolCell.of(fit, n)
        found.append((f"sample {generator.name}", pool))
    embed = EmbedCell.of(real, pool)
    mix = TrainCell(task, digest, 0, classifier, concat, n, STEPS, BATCH, pool, n)
    return [*found, ("train cnn, n real + n synthetic", mix), ("embed", embed), ("audit", AuditCell.of(embed))]


def measure(n: int, root: Path, generators: Sequence[str], at: int) -> None:
    """One cell, in this process; prints its name and MiB, or nothing where there are no more."""
    for name, cell in cells(n, root, generators)[at : at + 1]:
        store = Store(root / "store")
        store.open()
        outcome = Worker(store.root, root, "cpu", "missing").run(cell)
        record = store.get(cell.key)
        assert record, outcome.error
        print(f"{record.peak_memory_mb} {name}")


def peaks(n: int, generators: Sequence[str]) -> dict[str, float]:
    """MiB of each stage. This process stays small: a new one counts the pages of the one that started it as its own."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as root:
        while True:
            asked = [sys.executable, __file__, "--generators", *generators, "--one", str(n), root, str(len(found))]
            told = subprocess.run(asked, check=True, stdout=subprocess.PIPE, text=True).stdout
            if not told:
                return found
            peak, name = told.rstrip().split(" ", 1)
            print(f"n = {n}: {peak} MiB, {name}", file=sys.stderr, flush=True)
            found[name] = float(peak)


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--sizes", type=int, nargs="+", default=[2000, 8000, 32000])
    options.add_argument("--generators", nargs="+", default=GENERATORS)
    options.add_argument("--one", nargs=3, metavar=("N", "FOLDER", "CELL"), help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.one:
        measure(int(chosen.one[0]), Path(chosen.one[1]), chosen.generators, int(chosen.one[2]))
        return
    sizes = chosen.sizes
    size_mib = {n: n * 28 * 28 * 3 / MIB for n in sizes}
    print("# Memory\n")
    print(f"Made by `python {' '.join(['benchmark/speed/memory.py', *sys.argv[1:]])}`; its first lines say how.")
    print("On a CPU. MiB at the peak; images of 28 x 28 x 3.\n")
    heads = [f"n = {n:,} ({size_mib[n]:.0f} MiB)" for n in sizes]
    print(f"| stage | {' | '.join(heads)} | growth |\n|---|{'---:|' * (len(sizes) + 1)}")
    rows = [peaks(n, chosen.generators) for n in sizes]
    for name in rows[0]:
        values = [row[name] for row in rows]
        growth = (values[-1] - values[0]) / (size_mib[sizes[-1]] - size_mib[sizes[0]])
        print(f"| {name} | {' | '.join(f'{value:,.0f}' for value in values)} | {growth:.1f} |", flush=True)


if __name__ == "__main__":
    main()
