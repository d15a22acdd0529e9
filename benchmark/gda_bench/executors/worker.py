"""One cell on one worker: reuse, compute, or record why not."""

from __future__ import annotations

import errno
import resource
import shutil
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

from gda_bench.errors import UserError
from gda_bench.isolation import Isolation, IsolationError
from gda_bench.stages import Cell, TrainCell, Workbench
from gda_bench.stages.together import companions, run_together
from gda_bench.store import Policy, Record, Store
from gda_bench.task_data import load_task

Status = Literal["reused", "computed", "failed", "blocked", "missing"]
"""`failed`: the component raised. `blocked`: something it needs failed. `missing`: the policy forbids computing."""


TICK_S = 0.5
"""How often progress is passed on."""
LEAST_FREE = 2**20
"""Bytes: with less the disk is full."""


def now_and_then(tell: Callable[[float], object]) -> Callable[[float], None]:
    """The same, for those who tell too often: what comes within a tick of the last is left out."""
    told = 0.0

    def sparing(fraction: float) -> None:
        nonlocal told
        if time.monotonic() - told > TICK_S:
            told = time.monotonic()
            tell(fraction)

    return sparing


class StoreError(UserError):
    """The store can no longer be written: no cell can be kept, so the run ends."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a cell."""

    key: str
    status: Status
    wall_s: float = 0.0
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Worker:
    """All that a worker needs besides the cell; plain data, so that it can go to another process."""

    store: Path
    data_dir: Path
    device: str
    policy: Policy
    isolation: Isolation = field(default_factory=Isolation)

    @contextmanager
    def computing(self) -> Iterator[None]:
        """Within, this process computes as cells must: on the CPU with one thread; afterwards as before."""
        if self.device != "cpu":
            yield
            return
        import scipy.linalg  # noqa: F401  (brings its BLAS: only pools that are loaded can be limited)
        import torch
        from threadpoolctl import threadpool_limits

        before = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            with threadpool_limits(1):
                yield
        finally:
            torch.set_num_threads(before)

    def reuse(self, cell: Cell) -> Outcome | None:
        """The outcome of a cell that need not, or must not, be computed; None for one that is to be."""
        if self.policy != "always" and Store(self.store).get(cell.key):
            return Outcome(cell.key, "reused")
        return Outcome(cell.key, "missing") if self.policy == "cache-only" else None

    def record_crash(self, cell: Cell) -> Outcome:
        """The outcome of a cell whose process died under it."""
        message = "the worker process died, perhaps for lack of memory"
        Store(self.store).record_failure(cell.key, "run", message, cell.preimage())
        return Outcome(cell.key, "failed", error=message)

    def run(self, cell: Cell, progress: Callable[[float], None] = lambda fraction: None) -> Outcome:
        """Bring the cell into the store, if policy allows and what it needs is there."""
        store = Store(self.store)
        if reused := self.reuse(cell):
            return reused
        if any(store.get(need.key) is None for need in cell.needs):
            return Outcome(cell.key, "blocked")
        data = load_task(cell.task, self.data_dir)
        bench = Workbench(store, data, self.device, progress, isolation=self.isolation, data_dir=self.data_dir)
        wall = time.perf_counter()
        try:
            with store.claim(cell.key):  # another run on this store may be at it
                return self.reuse(cell) or self._compute(cell, bench)
        except Exception as error:
            if _store_is_unwritable(error, bench.phase, self.store):
                raise StoreError(
                    f"the store {self.store} can take no more ({_root_cause(error)}); "
                    "free some space or give another with --store, then run the same command again"
                ) from error
            # a child's error carries the name of what was raised there
            name = "" if isinstance(error, IsolationError) else f"{type(error).__name__}: "
            message = f"{bench.phase}: {name}{error}"
            store.record_failure(cell.key, bench.phase, traceback.format_exc(), cell.preimage())
            return Outcome(cell.key, "failed", time.perf_counter() - wall, message)

    def run_together(self, cells: Sequence[Cell], progress: Callable[[str, float], None]) -> list[Outcome]:
        """`run` of each; of several trainings, as one. Where that fails, one by one, and each has its own fault."""
        done = self._together(cells, progress) if len(cells) > 1 else None
        return done or [self.run(cell, partial(progress, cell.key)) for cell in cells]

    def companions(self, cell: Cell, others: Iterable[Cell]) -> list[Cell]:
        """Of others that could run now, those that had better run with this one."""
        if self.device == "cpu":
            return []
        return companions(cell, others, load_task(cell.task, self.data_dir).info, self.device)

    def _compute(self, cell: Cell, bench: Workbench) -> Outcome:
        clock = _Clock(self.device)
        with bench.store.scratch() as scratch:
            result = cell.run(bench, scratch)
            return self._keep(cell, bench, scratch, result, clock=clock)

    def _together(self, cells: Sequence[Cell], progress: Callable[[str, float], None]) -> list[Outcome] | None:
        store, data = Store(self.store), load_task(cells[0].task, self.data_dir)
        try:
            with ExitStack() as held:
                for key in sorted(cell.key for cell in cells):  # in one order, or two runs would wait for each other
                    held.enter_context(store.claim(key))
                found = {cell.key: reused for cell in cells if (reused := self.reuse(cell))}
                lacking = [cell for cell in cells if isinstance(cell, TrainCell) and cell.key not in found]
                benches = [
                    Workbench(store, data, self.device, partial(progress, cell.key), data_dir=self.data_dir)
                    for cell in lacking
                ]
                scratches = [held.enter_context(store.scratch()) for _ in lacking]
                clock = _Clock(self.device)
                results = run_together(lacking, benches, scratches) if lacking else []
                clock.stop()
                for cell, bench, scratch, result in zip(lacking, benches, scratches, results, strict=True):
                    bench.notes["trained_together"] = len(lacking)
                    found[cell.key] = self._keep(cell, bench, scratch, result, clock=clock, among=len(lacking))
        except Exception:
            # no cell's own failure yet, and nothing to hide either
            store.record_failure(cells[0].key, "together", traceback.format_exc(), cells[0].preimage())
            return None
        return [found[cell.key] for cell in cells]

    def _keep(
        self, cell: Cell, bench: Workbench, scratch: Path, result: dict[str, Any], *, clock: _Clock, among: int = 1
    ) -> Outcome:
        """Commit what a cell gave. among: cells that the clock ran for."""
        clock.stop()
        record = Record(
            key=cell.key, preimage=cell.preimage(), result=result, notes=bench.notes,
            component=cell.component.name, device=self.device, started=clock.started.isoformat(),
            wall_s=clock.wall_s / among, cpu_s=clock.cpu_s / among + bench.cpu_s,
            peak_memory_mb=bench.peak_memory_mb or _peak_memory_mb(self.device),
        )  # fmt: skip
        bench.phase = "store"
        bench.store.commit(scratch, record, replace=self.policy == "always")
        return Outcome(cell.key, "computed", record.wall_s)


class _Clock:
    """When work began, and the seconds it took until it was first stopped."""

    def __init__(self, device: str) -> None:
        _reset_peak_memory(device)
        self.started, self._wall, self._cpu = datetime.now(UTC), time.perf_counter(), time.process_time()
        self.wall_s = self.cpu_s = 0.0

    def stop(self) -> None:
        """Again: without effect."""
        if not self.wall_s:
            self.wall_s, self.cpu_s = time.perf_counter() - self._wall, time.process_time() - self._cpu


def _store_is_unwritable(error: BaseException | None, phase: str, store: Path) -> bool:
    if isinstance(error, IsolationError):  # a child's words are no proof
        return shutil.disk_usage(store).free < LEAST_FREE
    while error is not None:
        if isinstance(error, OSError) and (
            error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
            or (phase == "store" and error.errno == errno.EACCES)
        ):
            return True
        if "No space left" in str(error):  # safetensors and zip writers wrap the system's error in their own
            return True
        error = error.__cause__ or error.__context__
    return False


def _root_cause(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error).splitlines()[0]


def no_gpu_here() -> str | None:
    """None where torch sees a GPU; else a clause that says it does not."""
    import torch

    return None if torch.cuda.is_available() else f"torch {torch.__version__} sees no GPU here"


def _has_gpu(device: str) -> bool:
    """A cell that computes on the CPU in a run on GPUs may be given none."""
    return device.startswith("cuda") and not no_gpu_here()


def _reset_peak_memory(device: str) -> None:
    if _has_gpu(device):
        import torch

        torch.cuda.reset_peak_memory_stats(device)


def _peak_memory_mb(device: str) -> float:
    """On a GPU the cell's own peak; on the CPU the process's so far, which is all that the system tells."""
    if _has_gpu(device):
        import torch

        return torch.cuda.max_memory_allocated(device) / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
