"""`local`: on this machine. One worker runs in this process, where a debugger's breakpoints hold; more run beside it.

On the CPU every worker computes with one thread: several small networks side by side are faster than one spread
over the cores, spinning threads of two runs never starve each other, and a cell's numbers do not depend on how many
cores there are.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import threading
import time
from collections.abc import Container, Generator, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from functools import partial
from typing import Any, Self

import psutil

from gda_bench.executors import Watch, start_order
from gda_bench.executors.worker import TICK_S, Outcome, Worker, no_gpu_here, now_and_then
from gda_bench.stages import Cell

WORKER_BYTES = 1.5e9
"""Memory that a worker may come to need for a small task: torch alone takes a third of it."""

_spawn = multiprocessing.get_context("spawn")  # a forked copy of a process that has used torch may hang


class LocalExecutor:
    def __init__(self, workers: int | None = None) -> None:
        self._workers = workers

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        """Processes end with the run."""

    def why_no_gpu(self) -> str | None:
        """None where torch sees a GPU."""
        return no_gpu_here()

    def workers(self, device: str) -> int:
        """As asked, or one on a GPU, or as many as CPU cores and memory carry."""
        if self._workers or device != "cpu":
            return self._workers or 1
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return max(1, min(cores, int(psutil.virtual_memory().available / WORKER_BYTES)))

    def run(self, worker: Worker, cells: Sequence[Cell], watch: Watch) -> Generator[Outcome]:
        most = min(self.workers(worker.device), len(cells))
        if most <= 1:
            yield from self._in_process(worker, cells, watch)
        else:
            yield from self._side_by_side(worker, cells, watch, most)

    def _in_process(self, worker: Worker, cells: Sequence[Cell], watch: Watch) -> Generator[Outcome]:
        left = {cell.key: cell for cell in (cells if worker.device == "cpu" else start_order(cells))}
        with worker.computing():
            while left:
                group = _next_group(worker, left.values(), left)
                for cell in group:
                    watch.started(cell)
                for outcome in worker.run_together(group, watch.progressed):
                    del left[outcome.key]
                    yield outcome

    def _side_by_side(self, worker: Worker, cells: Sequence[Cell], watch: Watch, most: int) -> Generator[Outcome]:
        messages: Any = _spawn.Queue()
        todo = {cell.key: cell for cell in start_order(cells)}
        crashed: list[Cell] = []
        while todo:
            pool = ProcessPoolExecutor(most, _spawn, _start, (worker, messages, os.getpid()))
            running: dict[Future[list[Outcome]], list[Cell]] = {}
            try:
                yield from self._drive(pool, running, todo, watch, messages, worker=worker, most=most)
            except BrokenProcessPool:
                # a worker died, and nothing says whose: those that ran go again, each alone
                crashed = [cell for group in running.values() for cell in group if cell.key in todo]
            finally:
                for process in multiprocessing.active_children():
                    process.kill()
                pool.shutdown(wait=False, cancel_futures=True)
            for cell in crashed:
                del todo[cell.key]
                yield self._alone(worker, cell, watch, messages)
            crashed = []

    def _drive(
        self,
        pool: ProcessPoolExecutor,
        running: dict[Future[list[Outcome]], list[Cell]],
        todo: dict[str, Cell],
        watch: Watch,
        messages: Any,
        *,
        worker: Worker,
        most: int,
    ) -> Generator[Outcome]:
        """Keep the workers busy until nothing is left; `todo` and `running` always say how things stand."""
        while todo:
            under_way = {cell.key for group in running.values() for cell in group}
            idle = {key: cell for key, cell in todo.items() if key not in under_way}
            while len(running) < most and (group := _next_group(worker, idle.values(), todo)):
                running[pool.submit(_work, group)] = group
                for cell in group:
                    del idle[cell.key]
                    watch.started(cell)
            done, _ = wait(running, TICK_S, FIRST_COMPLETED)
            _pass_on(messages, watch)
            for future in done:
                outcomes = future.result()
                del running[future]
                for outcome in outcomes:
                    del todo[outcome.key]
                    yield outcome

    def _alone(self, worker: Worker, cell: Cell, watch: Watch, messages: Any) -> Outcome:
        watch.started(cell)
        with ProcessPoolExecutor(1, _spawn, _start, (worker, messages, os.getpid())) as pool:
            try:
                return pool.submit(_work, [cell]).result()[0]
            except BrokenProcessPool:
                return worker.record_crash(cell)


_worker: Worker
_messages: Any
_lifelong = ExitStack()
"""What a worker process keeps for as long as it lives."""


def _start(worker: Worker, messages: Any, parent: int) -> None:
    """Prepare a worker process: Ctrl-C is the parent's to handle, and without a parent there is no work."""
    global _worker, _messages
    _worker, _messages = worker, messages
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with, args=(parent,), daemon=True).start()
    _lifelong.enter_context(worker.computing())


def _die_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(TICK_S)
    os._exit(1)


def _work(cells: list[Cell]) -> list[Outcome]:
    tell = {cell.key: now_and_then(partial(_told, cell.key)) for cell in cells}
    return _worker.run_together(cells, lambda key, fraction: tell[key](fraction))


def _told(key: str, fraction: float) -> None:
    _messages.put((key, fraction))


def _next_group(worker: Worker, idle: Iterable[Cell], todo: Container[str]) -> list[Cell]:
    """The first idle cell that could run now, with those that should run with it; empty where none could. todo: keys
    of all that has not ended."""
    ready = (cell for cell in idle if not any(need.key in todo for need in cell.needs))
    first = next(ready, None)
    return [first, *worker.companions(first, ready)] if first else []


def _pass_on(messages: Any, watch: Watch) -> None:
    while True:
        try:
            key, fraction = messages.get_nowait()
        except queue.Empty:
            return
        watch.progressed(key, fraction)
