"""How long cells will take, from how long cells like them took."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from statistics import median
from typing import Any

from gda_bench.executors import start_order
from gda_bench.keys import canonical_json
from gda_bench.stages import Cell
from gda_bench.store import Record, Store


class Forecast:
    """Median seconds of the cells of a kind: same stage, component, task and size of budget, on the same device.

    What has never run has no forecast; nothing is guessed.
    """

    def __init__(self, device: str) -> None:
        self._device = device
        self._seen: dict[str, list[float]] = defaultdict(list)

    def learn_store(self, store: Store) -> None:
        """Take in all that the store has measured."""
        for record in store.records():
            self.learn_record(record)

    def learn_record(self, record: Record) -> None:
        """Take in one finished cell."""
        if record.device == self._device:
            self._seen[_kind(record.preimage)].append(record.wall_s)

    def learn(self, cell: Cell, wall_s: float) -> None:
        """Take in one cell of this run."""
        self._seen[_kind(cell.preimage())].append(wall_s)

    def seconds(self, cell: Cell) -> float | None:
        """Expected seconds of a cell, or None where nothing like it has run."""
        times = self._seen.get(_kind(cell.preimage()))
        return median(times) if times else None

    def total(self, cells: Iterable[Cell]) -> tuple[float, int]:
        """Expected seconds of all the cells that have a forecast, and how many have none."""
        known = [self.seconds(cell) for cell in cells]
        return sum(s for s in known if s is not None), sum(1 for s in known if s is None)

    def makespan(self, cells: Sequence[Cell], workers: int) -> float:
        """Expected seconds until the last of the cells (needs first) has ended, on so many workers that take a cell as
        soon as what it needs is there; cells without a forecast count nothing."""
        order = {cell.key: place for place, cell in enumerate(start_order(cells))}
        by_place = {order[cell.key]: cell for cell in cells}
        lacks = {cell.key: {need.key for need in cell.needs if need.key in order} for cell in cells}
        waiting_for: dict[str, list[str]] = defaultdict(list)
        for key, needs in lacks.items():
            for need in needs:
                waiting_for[need].append(key)
        ready = sorted(order[key] for key, needs in lacks.items() if not needs)
        running: list[tuple[float, str]] = []
        now = 0.0
        while ready or running:
            while ready and len(running) < workers:
                cell = by_place[heappop(ready)]
                heappush(running, (now + (self.seconds(cell) or 0.0), cell.key))
            now, ended = heappop(running)
            for key in waiting_for[ended]:
                lacks[key].discard(ended)
                if not lacks[key]:
                    heappush(ready, order[key])
        return now


def _kind(preimage: Any) -> str:
    """Work of equal size: a pool's labels and a subset's size do not change how long a classifier trains."""
    size = {key: preimage.get(key) for key in ("steps", "batch_size", "m", "held_out")}
    who = preimage.get("generator") or preimage.get("classifier")
    return canonical_json([preimage["stage"], preimage["task"], who, size])
