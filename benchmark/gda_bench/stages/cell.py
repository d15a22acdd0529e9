"""A cell: one piece of work as frozen, serialisable data, whose key is everything that can change its result."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal

from gda_bench.api import RunContext
from gda_bench.isolation import Isolation
from gda_bench.keys import content_key
from gda_bench.registry import ComponentSpec
from gda_bench.store import Store
from gda_bench.task_data import TaskData

Stage = Literal["fit", "pool", "embed", "audit", "train"]


@dataclass(slots=True)
class Workbench:
    """What a running cell works with. phase: what it is at, for the record of a failure. isolation: how generators
    are kept apart. cpu_s, peak_memory_mb: of child processes."""

    store: Store
    data: TaskData
    device: str
    progress: Callable[[float], None]
    phase: str = ""
    isolation: Isolation = field(default_factory=Isolation)
    notes: dict[str, float] = field(default_factory=dict)
    data_dir: Path = Path()
    cpu_s: float = 0.0
    peak_memory_mb: float = 0.0

    def spent(self, cpu_s: float, peak_memory_mb: float) -> None:
        """Count what a child process used: seconds, and MiB at its peak."""
        self.cpu_s += cpu_s
        self.peak_memory_mb = max(self.peak_memory_mb, peak_memory_mb)

    def context(self, seed: int) -> RunContext:
        """The surroundings of one call of a component in this process."""
        return RunContext(seed, self.device, progress=self.progress, notes=self.notes)


@dataclass(frozen=True)
class Cell(ABC):
    """stage: its kind. task, data_digest: what it works on. seed: the replicate."""

    stage: ClassVar[Stage]
    task: ComponentSpec
    data_digest: str
    seed: int

    @property
    @abstractmethod
    def component(self) -> ComponentSpec:
        """The component whose code runs: a generator or a classifier."""

    @property
    @abstractmethod
    def label(self) -> str:
        """A few words for the progress display."""

    @property
    def needs(self) -> tuple[Cell, ...]:
        """Cells that must be in the store before this one can run."""
        return ()

    @abstractmethod
    def identity(self) -> dict[str, Any]:
        """What, beside stage, task and seed, can change the result."""

    @abstractmethod
    def run(self, bench: Workbench, scratch: Path) -> dict[str, Any]:
        """Do the work: write payloads into `scratch`, return the result as plain JSON."""

    def preimage(self) -> dict[str, Any]:
        """Everything the key is made of."""
        common = {
            "stage": self.stage,
            "task": self.task.identity(),
            "data": self.data_digest,
            "seed": self.seed,
        }
        return {**common, **self.identity()}

    @cached_property
    def key(self) -> str:
        """sha256 of the canonical JSON of the pre-image."""
        return content_key(self.preimage())
