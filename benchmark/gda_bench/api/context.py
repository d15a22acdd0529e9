"""What the engine hands to a component for one piece of work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from gda_bench.api.data import Images


def _silent(fraction: float) -> None:
    del fraction


@dataclass(frozen=True, slots=True)
class RunContext:
    """The surroundings of one `fit`, `sample` or classifier training.

    seed: derived for this purpose alone; draw every random number from it, never from a global state.
    device: a torch device name, `cpu` or `cuda`.
    held_out: real training images outside the n, for a control that declares `needs_held_out`; else None.
    others: the images that an open-set generator asked for in `other_images`; else None.
    weights: where the weights lie that an open-set generator asked for in `weights`: a folder for each name.
    progress: call with the fraction done, 0..1, as often as you like.
    """

    seed: int
    device: str = "cpu"
    held_out: Images | None = None
    others: Images | None = None
    weights: Mapping[str, Path] = field(default_factory=dict)
    progress: Callable[[float], None] = _silent
    notes: dict[str, float] = field(default_factory=dict)

    def rng(self) -> np.random.Generator:
        """A fresh numpy generator that starts from the seed."""
        return np.random.default_rng(self.seed)

    def note(self, name: str, value: float) -> None:
        """Keep a number that explains the work (a stopping step, a final loss) in the cell's record."""
        self.notes[name] = float(value)
