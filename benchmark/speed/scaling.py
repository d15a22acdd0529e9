"""How much of its time a worker works: 1 -> 2 local workers that share nothing, 1 -> 8 simulated Ray nodes.

    python benchmark/speed/scaling.py > benchmark/speed/scaling.md

Cells sleep, so that what is measured is the engine and not how many cores this machine has: eight nodes of one CPU
each live on it. Every worker gets as many cells as one alone; efficiency is the time of one worker through the time of
many. Ray's workers have started before (each node runs a cell first); those of `local` start within the time, which
takes them as long as importing torch.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from gda_bench.executors import Executor, create_executor
from gda_bench.executors.worker import Worker
from gda_bench.registry import ComponentSpec, resolve
from gda_bench.stages import Cell, Stage, Workbench
from gda_bench.store import Store
from gda_bench.study.run import Silent
from gda_bench.task_data import load_task


@dataclass(frozen=True)
class Sleep(Cell):
    """Does nothing for so many seconds, as a cell of its own kind."""

    stage: ClassVar[Stage] = "train"
    seconds: float
    classifier: ComponentSpec

    @property
    def component(self) -> ComponentSpec:
        return self.classifier

    @property
    def label(self) -> str:
        return "sleep"

    def identity(self) -> dict[str, Any]:
        return {"seconds": self.seconds}

    def run(self, bench: Workbench, scratch: Path) -> dict[str, Any]:
        time.sleep(self.seconds)
        return {}


def timed(executor: Executor, count: int, seconds: float) -> float:
    """Wall seconds of so many sleeping cells, each in a store that has none."""
    task, classifier = resolve("tasks", "digits"), resolve("classifiers", "linear")
    digest = load_task(task, Path()).digest
    cells = [Sleep(task, digest, seed, seconds, classifier) for seed in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "store")
        store.open()
        began = time.perf_counter()
        outcomes = list(executor.run(Worker(store.root, Path(folder), "cpu", "missing"), cells, Silent()))
        taken = time.perf_counter() - began
    if [outcome.status for outcome in outcomes] != ["computed"] * count:
        raise RuntimeError(f"not all cells ran: {outcomes}")
    return taken


@contextmanager
def local(workers: int) -> Iterator[Executor]:
    """As many processes of this machine."""
    with create_executor("local", workers) as executor:
        yield executor


@contextmanager
def nodes(count: int) -> Iterator[Executor]:
    """As many Ray nodes of one CPU beside a head with none, all on this machine, and awake."""
    from ray.cluster_utils import Cluster

    small = {"object_store_memory": 80 * 2**20}
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False, **small})
    try:
        for _ in range(count):
            cluster.add_node(num_cpus=1, wait=False, **small)
        cluster.wait_for_nodes()
        with create_executor("ray", address=cluster.address) as executor:
            timed(executor, 2 * count, 5.0)
            yield executor
    finally:
        cluster.shutdown()


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--turns", type=int, default=3)
    options.add_argument("--cells", type=int, default=15, help="of each worker")
    options.add_argument("--seconds", type=float, default=2.0, help="that a cell sleeps")
    options.add_argument("--local", type=int, nargs="*", default=[1, 2], help="workers; none leaves it out")
    options.add_argument("--nodes", type=int, nargs="*", default=[1, 8], help="Ray nodes; none leaves it out")
    chosen = options.parse_args()
    # Ray is polite: where others compute too, its workers would wait for minutes
    os.environ.setdefault("RAY_worker_niceness", "0")
    print("# Scaling\n")
    print(f"{chosen.turns} turns; {chosen.cells} cells a worker, each sleeps {chosen.seconds:g} s.")
    print(f"Load of the machine when this began: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.\n")
    print("| workers | wall seconds, median (lowest to highest) | efficiency |")
    print("|---|---:|---:|")
    ways: list[tuple[str, Callable[[int], Any], list[int]]] = [
        ("local", local, chosen.local),
        ("ray", nodes, chosen.nodes),
    ]
    for name, made, counts in ways:
        alone = None
        for count in counts:
            with made(count) as executor:
                taken = [timed(executor, count * chosen.cells, chosen.seconds) for _ in range(chosen.turns)]
            middle = statistics.median(taken)
            alone = alone or middle
            words = f"{middle:.1f} ({min(taken):.1f} to {max(taken):.1f})"
            print(f"| {name}, {count} | {words} | {alone / middle:.3f} |", flush=True)


if __name__ == "__main__":
    main()
