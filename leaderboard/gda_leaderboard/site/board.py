"""The board of one suite: its entries in tables by track, task and classifier, placed in tiers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gda_bench.evidence import place
from gda_bench.report import Report, reading, words
from gda_leaderboard.entry import RUNGS, Entry
from gda_leaderboard.site.row import NUMBER, VERSION, Row, control_row, entry_row
from gda_leaderboard.site.slug import slug
from gda_leaderboard.site.standing import TRACKS, Track, classifier_name, track_of, why_unranked
from gda_leaderboard.site.whisker import scale_of
from gda_leaderboard.suite import Suite


@dataclass(frozen=True, slots=True)
class Table:
    """ranked: best first. leaders: the reports behind `ranked`, in the same order. example: the report whose real
    curve and controls are shown; entries of a table share both. None where nothing is ranked or to be shown."""

    track: Track
    task: str
    classifier: str
    ranked: tuple[Row, ...]
    controls: tuple[Row, ...]
    unranked: tuple[Row, ...]
    leaders: tuple[Entry, ...]
    example: Report | None

    @property
    def key(self) -> str:
        return f"{slug(self.task)}--{slug(self.classifier)}--{self.track}"

    @property
    def size(self) -> int:
        return len(self.ranked) + len(self.unranked)


@dataclass(frozen=True, slots=True)
class Board:
    """tables: of every track, by the suite's order of tasks and classifiers; an empty one for each that nobody
    entered yet."""

    suite: Suite
    entries: tuple[Entry, ...]
    tables: tuple[Table, ...]

    def of(self, track: Track, task: str | None = None) -> tuple[Table, ...]:
        return tuple(t for t in self.tables if t.track == track and task in (None, t.task))

    @property
    def tasks(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(table.task for table in self.tables))

    @property
    def classifiers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(table.classifier for table in self.tables))


Place = tuple[str, str]
"""Task and classifier."""


def board_of(suite: Suite, entries: Sequence[Entry]) -> Board:
    """entries: of this suite. Entries that match it are placed by gda_bench.evidence; the others stand below."""
    ordered = sorted(entries, key=lambda entry: entry.name)
    found: dict[Place, dict[Track, list[Entry]]] = defaultdict(lambda: defaultdict(list))
    for entry in ordered:
        at = (words.plain(entry.report.task.name), classifier_name(entry.report, suite))
        found[at][track_of(entry.report)].append(entry)
    places = [(task, classifier) for task in suite.tasks for classifier in suite.classifiers]
    places += sorted(found.keys() - set(places))
    tables = [_table(suite, track, at, found[at]) for track in TRACKS for at in places]
    return Board(suite, tuple(ordered), tuple(tables))


def _table(suite: Suite, track: Track, at: Place, found: dict[Track, list[Entry]]) -> Table:
    mine = found.get(track, [])
    why = {entry.name: why_unranked(entry, suite) for entry in mine}
    ranked = {entry.name: entry for entry in mine if not why[entry.name]}
    placed = place({name: entry.report for name, entry in ranked.items()})
    why |= dict.fromkeys(ranked.keys() - {p.name for p in placed}, "no score at its headline mix")
    example = _example(mine, why)
    controls = [(name, control) for name, control in reading.controls(example) if control] if example else []
    # by the entries alone: held-out real images are worth so much more that beside them all others would be a dot
    scale = scale_of(e.report.equivalence.exchange_rate for e in ranked.values() if e.report.equivalence)
    variants = _variants(mine)
    entered = found.get("control", [])
    return Table(
        track=track,
        task=at[0],
        classifier=at[1],
        ranked=tuple(entry_row(ranked[p.name], scale, tier=p.tier, variant=variants[p.name]) for p in placed),
        controls=(
            *(control_row(name, control, example, scale) for name, control in controls if example),
            *(entry_row(entry, scale, variant="entered as a control", why="a control") for entry in entered),
        ),
        unranked=tuple(
            entry_row(entry, scale, variant=variants[entry.name], why=why[entry.name])
            for entry in mine
            if why[entry.name]
        ),
        leaders=tuple(ranked[p.name] for p in placed),
        example=example,
    )


def _example(entries: Iterable[Entry], why: dict[str, str]) -> Report | None:
    """The most thoroughly checked of the ranked entries that have a real curve; the first by name among equals."""
    fit = [e for e in entries if not why[e.name] and reading.has_curve(e.report)]
    return max(fit, key=lambda entry: RUNGS.index(entry.rung)).report if fit else None


def _variants(entries: Sequence[Entry]) -> dict[str, str]:
    """What tells entries of one generator apart: its version; of one version a number, and the settings in which they
    differ or else their keys."""
    versions: dict[str, dict[int, list[Entry]]] = defaultdict(lambda: defaultdict(list))
    for entry in entries:
        versions[entry.report.generator.name][entry.report.generator.version].append(entry)
    found = {}
    for of_name in versions.values():
        for version, same in of_name.items():
            named = [f"{VERSION}{version}"] if len(of_name) > 1 else []
            for i, entry in enumerate(same, start=1):
                numbered = [f"{NUMBER}{i}", _difference(entry, same)] if len(same) > 1 else []
                found[entry.name] = ", ".join(named + numbered)
    return found


def _difference(entry: Entry, same: Sequence[Entry]) -> str:
    mine: dict[str, Any] = entry.report.generator.params
    others = [other.report.generator.params for other in same if other is not entry]
    differs = [key for key in mine if any(other.get(key) != mine[key] for other in others)]
    key = words.plain(entry.name.rpartition("--")[2])[:8]
    return words.plain(", ".join(f"{k}={words.setting(mine[k])}" for k in differs))[:60] or f"entry {key}"
