"""Where an entry stands: the table it belongs to, its track, and why it is shown without a rank."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from gda_bench.errors import UserError
from gda_bench.report import Report, reading, words
from gda_leaderboard.complete import check_suite
from gda_leaderboard.entry import RUNGS, Entry
from gda_leaderboard.suite import Suite

Track = Literal["closed", "open", "control"]
TRACKS: Final[tuple[Track, ...]] = ("closed", "open")
"""Those with a ranking, the default first."""
NEEDED: Final = "recomputed"
"""The rung from which on an entry is ranked: its numbers follow from its predictions."""


def track_of(report: Report) -> Track:
    """A generator that was given anything beyond the n images is open, whatever it calls itself."""
    if report.generator.track == "closed" and reading.was_given(report):
        return "open"
    return report.generator.track


def classifier_name(report: Report, suite: Suite) -> str:
    """As the suite calls it; else its own name with the settings that make it another one."""
    part = report.classifier
    for name, known in suite.classifiers.items():
        if (known.component, known.version, known.params) == (part.name, part.version, part.params):
            return name
    nearest = next((known.params for known in suite.classifiers.values() if known.component == part.name), {})
    changed = [f"{key}={words.setting(value)}" for key, value in part.params.items() if nearest.get(key) != value]
    return words.plain(f"{part.name} ({', '.join(changed[:3])})" if changed else part.name)


def why_unranked(entry: Entry, suite: Suite) -> str:
    """One clause, or empty for an entry that is ranked."""
    return next(_obstacles(entry, suite), "")


def _obstacles(entry: Entry, suite: Suite) -> Iterator[str]:
    report = entry.report
    try:
        check_suite(report, suite)
    except UserError as error:
        yield words.plain(str(error))
    if failed := reading.failed_controls(report):
        yield f"its control failed: {words.listed([name for name, _ in failed])}"
    if reading.leaks(report):
        yield "its pool repeats test images"
    if missing := len(reading.failed_cells(report)):
        yield f"{words.plural(missing, 'cell')} of {words.number(len(report.cells))} without a result"
    if report.equivalence is None or report.real_curve is None or reading.headline_arm(report) is None:
        yield "no verdict: its real curve or its headline mix was not measured"
    if RUNGS.index(entry.rung) < RUNGS.index(NEEDED):
        lacking = "its numbers were not derived again from predictions"
        if entry.rung == RUNGS[0]:
            lacking = words.plain(entry.remarks[0]) if entry.remarks else "nobody has checked it"
        yield f"checked up to {entry.rung} only: {lacking}"
