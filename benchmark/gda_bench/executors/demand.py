"""What a cell asks of the machine that it runs on: CPU cores, a share of a GPU, memory.

Memory is what like cells were seen to use, where the store remembers any, and a quarter more; else a stated default.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from gda_bench.keys import canonical_json
from gda_bench.stages import Cell
from gda_bench.store import Record, Store

MIB = 2**20
STEP = 256 * MIB
"""Memory is asked for in steps: few kinds of request are easier to place than many."""
DEFAULT = 1536 * MIB
"""Of a cell like none that has run: torch alone takes a third of it."""
WITH_CHILD = 1024 * MIB
"""More where a generator runs in a process of its own."""
MARGIN = 1.25
SHARE = 0.25
"""Of a GPU, for what leaves most of one idle."""
LITTLE_MB = 2048
"""MiB of a GPU: at most this is little."""
SMALL = frozenset({"cnn", "linear", "resnet1d"})
"""Classifiers that are taken to be small before one was measured."""


@dataclass(frozen=True, slots=True)
class Demand:
    """cpus: cores. gpus: whole ones, or a share of one. memory: bytes."""

    cpus: float
    gpus: float
    memory: int

    def within(self, largest: int) -> Demand:
        """The same, as far as it fits the largest machine there is: what no machine has would be waited for forever."""
        return replace(self, memory=min(self.memory, largest))


class Demands:
    """The demands of cells on one device."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._peaks: dict[str, float] = {}

    def learn_store(self, store: Store) -> None:
        """Take in all that the store has measured."""
        for record in store.records():
            self.learn(record)

    def learn(self, record: Record) -> None:
        """Take in one finished cell."""
        if record.device == self._device and record.peak_memory_mb > 0:
            kind = _kind(record.preimage, record.component)
            self._peaks[kind] = max(self._peaks.get(kind, 0.0), record.peak_memory_mb)

    def of(self, cell: Cell, deaths: int = 0) -> Demand:
        """One core, for a cell computes with one thread, and what it needs beside it.

        deaths: how often its process died, perhaps for lack of memory: each doubles what it is given.
        """
        peak_mb = self._peaks.get(_kind(cell.preimage(), cell.component.name))
        on_gpu = self._device.startswith("cuda")
        # on a GPU it is the GPU's memory that is measured
        memory = DEFAULT if on_gpu or peak_mb is None else MARGIN * peak_mb * MIB
        if _is_generation(cell):
            memory += WITH_CHILD
        steps = math.ceil(memory / STEP) << deaths
        return Demand(1.0, _gpus(cell, peak_mb) if on_gpu else 0.0, steps * STEP)


def _gpus(cell: Cell, peak_mb: float | None) -> float:
    """An audit computes on the CPU; a generator has a GPU to itself, unless it is a control, which only copies."""
    if cell.stage == "audit":
        return 0.0
    component = cell.component
    if _is_generation(cell):
        return SHARE if component.facts.get("track") == "control" else 1.0
    little = component.name in SMALL if peak_mb is None else peak_mb <= LITTLE_MB
    return SHARE if little else 1.0


def _is_generation(cell: Cell) -> bool:
    return cell.stage in ("fit", "pool")


def _kind(preimage: Any, component: str) -> str:
    """Work that takes equal memory. How long it trains, and on which images, changes none."""
    who = preimage.get("generator") or preimage.get("classifier") or component
    size = {key: preimage.get(key) for key in ("batch_size", "m", "held_out")}
    return canonical_json([preimage["stage"], preimage["task"], who, size])
