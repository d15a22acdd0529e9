"""`ray`: on one machine or a cluster. Each cell is a Ray task, placed by Ray where there is room for what it demands.

Ray carries cells to workers and outcomes back; everything else lies in the store, on a path that all nodes share. A
worker computes as one of `local` does, so that numbers do not depend on where a cell ran.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import ExitStack, suppress
from functools import cache
from graphlib import TopologicalSorter
from typing import Any, Self

import ray
from ray.exceptions import NodeDiedError, OutOfMemoryError, RayError, RayTaskError, WorkerCrashedError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from gda_bench.errors import UserError
from gda_bench.executors import Watch, cluster, start_order
from gda_bench.executors.demand import Demands
from gda_bench.executors.nodes import Shared, components
from gda_bench.executors.worker import TICK_S, Outcome, Worker, no_gpu_here, now_and_then
from gda_bench.stages import Cell
from gda_bench.store import Store

DEATHS = 2
"""A cell whose process died so often took it down itself."""
LOST_NODES = 5
"""A machine that goes away is not the cell's fault, unless it does so again and again."""
NO_GPU = "no node of the Ray cluster has a GPU"


class RayExecutor:
    def __init__(self, workers: int | None = None, address: str | None = None) -> None:
        self._workers, self._address = workers, address
        self._ours = False

    def __enter__(self) -> Self:
        if self._address:  # wrong addresses are told before any work; a Ray of our own is started when it is needed
            self._connect()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._ours:
            ray.shutdown()
            self._ours = False

    def why_no_gpu(self) -> str | None:
        """None where a node has one."""
        if not self._address:
            return no_gpu_here()
        return None if cluster.total("GPU") else NO_GPU

    def workers(self, device: str) -> int:
        """As asked, or one a CPU core, or one a GPU."""
        if self._workers or not ray.is_initialized():
            return self._workers or os.cpu_count() or 1
        return int(cluster.total("CPU" if device == "cpu" else "GPU")) or 1

    def run(self, worker: Worker, cells: Sequence[Cell], watch: Watch) -> Generator[Outcome]:
        if worker.device not in ("cpu", "cuda"):
            raise UserError(f"--device {worker.device}: Ray chooses which GPU a cell gets; use --device cuda")
        self._connect()
        if not cluster.nodes():
            raise UserError("no node of the Ray cluster has a CPU to run cells on")
        if worker.device == "cuda" and not cluster.total("GPU"):
            raise UserError(f"{NO_GPU}: cells would wait for one forever; use --device cpu")
        with Shared.here(worker.store, worker.data_dir) as shared:
            if self._address or not self._ours:
                cluster.ask_nodes(Shared.wrong, shared, components(cells))
            yield from _Run(shared, worker, cells, watch, self._workers or len(cells)).outcomes()

    def _connect(self) -> None:
        self._ours = cluster.connect(self._address) or self._ours


class _Run:
    """One run's cells on their way."""

    def __init__(self, shared: Shared, worker: Worker, cells: Sequence[Cell], watch: Watch, most: int) -> None:
        self.shared, self.worker, self.watch, self.most = shared, worker, watch, most
        self.cells = {cell.key: cell for cell in cells}
        self.rank = {cell.key: i for i, cell in enumerate(start_order(cells))}
        self.demands = Demands(worker.device)
        self.demands.learn_store(Store(worker.store))
        self.died: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self.running: dict[Any, Cell] = {}
        self.begun: set[str] = set()
        self.places: dict[Any, str] = {}  # the node of a task, once it has told
        self.largest_memory = cache(cluster.largest_memory)
        # beside the driver, whose machine must not go away anyway
        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=True)
        self.board = ray.remote(num_cpus=0, max_restarts=-1, scheduling_strategy=here)(Board).remote()

    def outcomes(self) -> Generator[Outcome]:
        """Each as soon as it is known."""
        graph = {key: [n.key for n in cell.needs if n.key in self.cells] for key, cell in self.cells.items()}
        order = TopologicalSorter(graph)
        order.prepare()
        ready: list[Cell] = []
        news = self.board.news.remote()
        try:
            while order.is_active():
                ready += [self.cells[key] for key in order.get_ready()]
                ready.sort(key=lambda cell: self.rank[cell.key])
                while ready and len(self.running) < self.most:
                    self._submit(ready.pop(0))
                (done, *_), _ = ray.wait([*self.running, news], num_returns=1)
                if done == news:
                    self._pass_on(news)
                    news = self.board.news.remote()
                    for cell in self._stranded():
                        if outcome := self._lost(cell):
                            order.done(outcome.key)
                            yield outcome
                elif outcome := self._outcome(done, self.running.pop(done)):
                    order.done(outcome.key)
                    yield outcome
        finally:
            for task in self.running:
                with suppress(RayError):
                    ray.cancel(task, force=True)
            ray.kill(self.board)

    def _submit(self, cell: Cell) -> None:
        demand = self.demands.of(cell, self.died[cell.key])
        demand = demand.within(self.largest_memory(demand.gpus))
        # Ray's own retries cannot tell a cell that kills its worker from a machine that went away
        task = _task.options(num_cpus=demand.cpus, num_gpus=demand.gpus, memory=demand.memory, max_retries=0)
        self.running[task.remote(self.shared, self.worker, cell, self.board)] = cell

    def _outcome(self, task: Any, cell: Cell) -> Outcome | None:
        """What became of the cell; None where it goes again."""
        self.places.pop(task, None)
        try:
            outcome: Outcome = ray.get(task)
            return outcome
        except RayTaskError as error:
            raise error.cause from error
        except NodeDiedError:
            return self._lost(cell)
        except (WorkerCrashedError, OutOfMemoryError):
            self.died[cell.key] += 1
        except RayError as error:
            raise UserError(
                f"the Ray cluster failed ({type(error).__name__}); finished cells are kept, and the same command goes "
                "on from there"
            ) from error
        return self._again(cell)

    def _lost(self, cell: Cell) -> Outcome | None:
        """What becomes of a cell whose node went away; None where it goes again."""
        self.lost[cell.key] += 1
        return self._again(cell)

    def _again(self, cell: Cell) -> Outcome | None:
        if self.died[cell.key] >= DEATHS or self.lost[cell.key] >= LOST_NODES:
            return self.worker.record_crash(cell)
        self._submit(cell)
        return None

    def _stranded(self) -> list[Cell]:
        """Those that run on nodes which the cluster has given up, no longer waited for. Where a cable was cut, Ray says
        nothing of a task until its connection times out, minutes later."""
        if not self.places:
            return []
        lost = cluster.lost_nodes()
        stranded = [task for task in self.running if self.places.get(task) in lost]
        for task in stranded:
            del self.places[task]
        return [self.running.pop(task) for task in stranded]

    def _pass_on(self, news: Any) -> None:
        with suppress(RayError):  # its process died, and starts again
            told = ray.get(news)
            for task, cell in self.running.items():  # of one that has ended there may be news still
                if cell.key in told:
                    fraction, self.places[task] = told[cell.key]
                    if cell.key not in self.begun:
                        self.begun.add(cell.key)
                        self.watch.started(cell)
                    self.watch.progressed(cell.key, fraction)


class Board:
    """Where workers write how far they are, and the driver reads it now and then."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[float, str]] = {}

    def tell(self, key: str, fraction: float, node: str) -> None:
        """So far is the cell of this key, on this node."""
        self._told[key] = fraction, node

    async def news(self) -> dict[str, tuple[float, str]]:
        """What was told since the last time, after a tick."""
        await asyncio.sleep(TICK_S)
        told, self._told = self._told, {}
        return told


_lifelong = ExitStack()
"""What a worker process keeps for as long as it lives: Ray gives it one cell after the other."""
_computing: set[str] = set()


def _work(shared: Shared, worker: Worker, cell: Cell, board: Any) -> Outcome:
    node = ray.get_runtime_context().get_node_id()
    board.tell.remote(cell.key, 0.0, node)
    shared.enter(cell)
    if worker.device not in _computing:
        _computing.add(worker.device)
        _lifelong.enter_context(worker.computing())
    return worker.run(cell, now_and_then(lambda fraction: board.tell.remote(cell.key, fraction, node)))


_task = ray.remote(_work)
