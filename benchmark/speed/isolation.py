"""What the lock costs an honest generator: the same fit in a locked child, in an unlocked one and in this process.

    python benchmark/speed/isolation.py > benchmark/speed/isolation.md

CPU seconds of a cvae fit on 200 digits, one thread each, in turns; ratios are of medians within this run. A child's
libraries are imported once for all children, before the lock: that time is given apart. Beside it what a system call
costs in each, since the lock works nowhere else: times the calls that a step makes, it is what a long fit pays.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from system_calls import spin

from gda_bench.api import Generator, RunContext
from gda_bench.isolation import Isolation, Mode
from gda_bench.registry import resolve
from gda_bench.stages.cell import Workbench
from gda_bench.stages.generation import Apart, Lent
from gda_bench.store import Store
from gda_bench.task_data import load_task

N = 200


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--turns", type=int, default=5)
    options.add_argument("--steps", type=int, default=300)
    chosen = options.parse_args()
    torch.set_num_threads(1)
    spec = resolve("generators", f"cvae:steps={chosen.steps},batch_size=64,patience=1000")
    data = load_task(resolve("tasks", "digits"), Path())
    train = data.subset(N, 0)

    def apart(mode: Mode) -> float:
        with tempfile.TemporaryDirectory() as folder:
            bench = Workbench(Store(Path(folder)), data, "cpu", lambda fraction: None, isolation=Isolation(mode))
            scratch = Path(folder) / "scratch"
            scratch.mkdir()
            Apart(bench, spec, 0, Lent(), scratch).fit(train, Path(folder) / "generator")
            return bench.cpu_s

    def call_apart(mode: Mode) -> float:
        with tempfile.TemporaryDirectory() as folder:
            code = [Path(__file__).with_name("system_calls.py")]
            return float(Isolation(mode).call("system_calls:spin", {}, Path(folder), given=code).value)

    def here() -> float:
        generator: Generator = spec.create()
        began = time.process_time()
        generator.fit(train, data.info, RunContext(0))
        return time.process_time() - began

    ways: dict[str, tuple[Callable[[], float], Callable[[], float]]] = {
        "in this process": (here, lambda: spin({}, Path(), lambda fraction: None)),
        "child, unlocked": (lambda: apart("off"), lambda: call_apart("off")),
        "child, locked": (lambda: apart("auto"), lambda: call_apart("auto")),
    }
    began = time.perf_counter()
    for fit, _ in ways.values():  # imports, and the process that children are forked from
        fit()
    first = time.perf_counter() - began
    times: dict[str, list[float]] = {name: [] for name in ways}
    calls: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(chosen.turns):
        for name, (fit, call) in ways.items():
            times[name].append(fit())
            calls[name].append(call())
    base = statistics.median(times["in this process"])
    print(f"# The cost of the lock\n\n{chosen.turns} turns, {chosen.steps} steps; here children are")
    print(f"{Isolation().enforcement()}. First turn, imports included: {first:.0f} s.\n")
    print(
        "| where the fit runs | CPU seconds, median (lowest to highest) | ratio to this process | a system call, ns |"
    )
    print("|---|---:|---:|---:|")
    for name, taken in times.items():
        middle = statistics.median(taken)
        call = statistics.median(calls[name])
        print(f"| {name} | {middle:.2f} ({min(taken):.2f} to {max(taken):.2f}) | {middle / base:.3f} | {call:.0f} |")


if __name__ == "__main__":
    main()
