"""Predictions that are another's: cells with the generator's images that say what cells without them say.

Two trainings on different images seldom agree on all of a test split. How seldom is seen in the entry that may have
been copied from, of whose cells nobody claims that any two are the same: on a small test split, or where a classifier
says one class of everything, they agree often, and then agreement proves nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from scipy import stats

from gda_bench.errors import UserError
from gda_bench.report import Report
from gda_bench.report.predictions import Predictions

CHANCE: Final = 1e-6
"""Of accusing an honest arm."""
SYNTHETIC: Final = ("mix", "synthetic")
"""The arms that hold the generator's images."""

Said = dict[str, bytes]
"""What a cell says of every test image, by its key."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """An entry with its predictions."""

    name: str
    report: Report
    predictions: Predictions


def check_copies(entry: Measured, others: Sequence[Measured]) -> None:
    """Raises UserError where an arm with the generator's images repeats those of another generator, or the entry's own
    cells of real images and controls. Real cells and controls are shared by all entries, and may well be the same."""
    report = entry.report
    own = _said(entry, "real", "copy", "oracle")
    for arm, cells in _arms(entry):
        _check(arm, cells, own, own, "its own cells of real images and controls")
        for other in others:
            alike = (report.task.name, report.classifier) == (other.report.task.name, other.report.classifier)
            if alike and other.report.generator.name != report.generator.name:
                _check(arm, cells, _said(other, *SYNTHETIC), _said(other), other.name)


def _check(arm: str, cells: Said, answers: Said, alike: Said, whose: str) -> None:
    """alike: cells that show how often two say the same."""
    theirs = set(answers.values())
    repeated = sum(1 for said in cells.values() if said in theirs)
    chance = _by_chance([*alike.values()], len(answers))
    if repeated and stats.binom.sf(repeated - 1, len(cells), chance) < CHANCE:
        raise UserError(
            f"{repeated} of {len(cells)} cells of the arm {arm} say of every test image what a cell of {whose} says: "
            "these predictions are copies"
        )


def _arms(entry: Measured) -> Iterator[tuple[str, Said]]:
    said = _said(entry, *SYNTHETIC)
    by_arm: dict[str, Said] = {}
    for cell in entry.report.cells:
        if cell.key in said:
            name = f"{cell.arm} {'+'.join(str(size) for size in (cell.n_real, cell.n_synth) if size)}"
            by_arm.setdefault(name, {})[cell.key] = said[cell.key]
    yield from by_arm.items()


def _said(entry: Measured, *arms: str) -> Said:
    """Of the cells of these arms, or of all."""
    rows = entry.predictions.rows()
    keys = [c.key for c in entry.report.cells if c.key in rows and (not arms or c.arm in arms)]
    return {key: entry.predictions.said[rows[key]].astype("<u2").tobytes() for key in keys}


def _by_chance(alike: Sequence[bytes], answers: int) -> float:
    """The chance that a cell says the same as any of so many, from how often two do; not below what one more pair
    would have shown."""
    pairs = len(alike) * (len(alike) - 1) // 2
    equal = sum(count * (count - 1) // 2 for count in Counter(alike).values())
    return float(1 - (1 - (equal + 1) / (pairs + 1)) ** answers)
