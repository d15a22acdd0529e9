"""The second rung: all that the suite asks for was measured as it asks, and nothing of it was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from gda_bench.errors import UserError
from gda_bench.evidence import cell_name, demanded, place_name
from gda_bench.report import Report
from gda_bench.report.model import CellRow, Component
from gda_leaderboard.suite import Suite, SuiteTask
from gda_leaderboard.words import more, quoted

ASIDE = frozenset({"seeds", "summary", "generators", "classifiers", "limits"})
"""Settings of a profile that the suite leaves open: they change no number, or stand in the components' own parts."""


def check_suite(report: Report, suite: Suite) -> None:
    """Raises UserError where the report was measured otherwise than the suite says."""
    task = _task(report, suite)
    _same("the task's version", report.task.version, task.version, suite)
    _same("the task's data digest", report.task.data_digest, task.data_digest, suite)
    _same("the task's metric", report.task.metric, task.metric, suite)
    _same("the task's training counts", report.task.train_counts, task.train_counts, suite)
    if (report.task.groups is None) != (task.groups_digest is None):
        raise UserError(f"whether the patients of {report.task.name} are known is not as in suite {suite.name}")
    if report.task.file_digest:
        raise UserError(f"the task is a file of its own, suite {suite.name} has the built-in {report.task.name}")
    _classifier(report.classifier, suite)
    for part, name, version in (
        (report.protocol, suite.protocol, suite.protocol_version),
        (report.filter, suite.filter, suite.filter_version),
    ):
        what = "protocol" if part is report.protocol else "filter"
        _same(f"the {what}", part.name, name, suite)
        _same(f"the {what}'s version", part.version, version, suite)
        if part.params or part.file_digest:
            raise UserError(f"the {what} {name} has parameters or a file of its own, in suite {suite.name} it has none")
    _same("the profile", report.profile.name, suite.profile, suite)
    _settings(report.profile.settings, {**suite.settings, **task.settings}, suite)
    seeds = report.profile.settings.get("seeds")
    if type(seeds) is not int or seeds < suite.seeds:
        raise UserError(f"seeds is {quoted(str(seeds))}, suite {suite.name} asks for {suite.seeds} or more")


def check_grid(report: Report) -> None:
    """Raises UserError where a cell that the settings demand is not there, or one is that they do not."""
    wanted = demanded(report)
    found = Counter((str(cell.arm), cell.n_real, cell.n_synth, cell.seed) for cell in report.cells)
    places = {(arm.arm, arm.n_real, arm.n_synth, seed) for arm, seed in wanted}
    if twice := sorted(place for place, count in found.items() if count > 1):
        raise UserError(f"the cell {place_name(*twice[0])} stands twice{more(len(twice) - 1)}")
    if lacking := sorted(places - found.keys()):
        raise UserError(
            f"the cell {place_name(*lacking[0])} is not in the report{more(len(lacking) - 1)}: one without a result "
            "stays in, marked as failed"
        )
    if odd := sorted(found.keys() - places):
        raise UserError(f"the cell {place_name(*odd[0])} is none that the suite asks for{more(len(odd) - 1)}")
    keys = Counter(cell.key for cell in report.cells)
    if shared := [cell for cell in report.cells if keys[cell.key] > 1]:
        raise UserError(f"the cells {cell_name(shared[0])} and {cell_name(shared[1])} have one key")
    n_test = sum(report.task.test_counts)
    for cell in report.cells:
        if cell.status == "ok" and (cell.n_test != n_test or cell.n_kept is not None):
            raise UserError(f"the cell {cell_name(cell)} was not scored on all {n_test:,} test images, or was filtered")


def shortfalls(report: Report) -> Iterator[str]:
    """What keeps a report that is as the suite asks off the ranks."""
    bad = [cell for cell in report.cells if cell.status != "ok"]
    if bad:
        yield f"{len(bad)} of {len(report.cells)} cells have no result, first {_first(bad)}"
    for name, control in (("copy", report.controls.copy_), ("oracle", report.controls.oracle)):
        if control is not None and control.passed is False:
            yield f"the control {name} failed: its interval excludes {control.expected:g}, what it is worth"
    if report.audit.test_leak:
        yield "the audit found images of the test split among the samples"
    if report.equivalence is None and not bad:
        yield "there is no verdict"


def remarks(report: Report) -> Iterator[str]:
    """What a careful reader should know of an entry, on whatever rung it stands."""
    yield from shortfalls(report)
    for name, control in (("copy", report.controls.copy_), ("oracle", report.controls.oracle)):
        if control is None or control.passed is None:
            yield f"the control {name} could not be judged"
    here = report.environment
    if report.generator.track == "closed" and not (here.isolation or "").startswith("enforced"):
        yield "nothing enforced that the generator saw its n images alone"
    if here.git_dirty:
        yield "made by code with changes that no commit holds"
    elif here.git_commit is None and here.image_digest is None:
        yield "made by code of no known commit or image"


def _first(bad: list[CellRow]) -> str:
    return f"{cell_name(bad[0])} ({bad[0].status})"


def _task(report: Report, suite: Suite) -> SuiteTask:
    if report.task.name not in suite.tasks:
        raise UserError(f"the task {quoted(report.task.name)} is not in suite {suite.name}: {', '.join(suite.tasks)}")
    return suite.tasks[report.task.name]


def _classifier(classifier: Component, suite: Suite) -> None:
    asked = [c for c in suite.classifiers.values() if c.component == classifier.name]
    if not asked:
        known = ", ".join(suite.classifiers)
        raise UserError(f"the classifier {quoted(classifier.name)} is not in suite {suite.name}: {known}")
    for one in asked:
        if _identical((classifier.version, classifier.params, classifier.file_digest), _identity(one)):
            return
    wanted = asked[0]
    for key in dict.fromkeys([*wanted.params, *classifier.params]):
        mine, theirs = classifier.params.get(key), wanted.params.get(key)
        if not _identical(mine, theirs):
            raise UserError(
                f"the classifier {classifier.name} has {quoted(key)[1:-1]}={quoted(str(mine))[1:-1]}, suite "
                f"{suite.name} has {theirs}"
            )
    raise UserError(f"the classifier {classifier.name} is of another version or file than in suite {suite.name}")


def _identity(classifier: Any) -> tuple[int, dict[str, Any], str | None]:
    return classifier.version, classifier.params, classifier.file_digest


def _settings(found: Mapping[str, Any], asked: Mapping[str, Any], suite: Suite) -> None:
    for key, value in asked.items():
        if not _identical(found.get(key), value):
            mine = quoted(str(found.get(key)))[1:-1]
            raise UserError(f"the profile has {key}={mine}, suite {suite.name} has {value}")
    if odd := sorted(found.keys() - asked.keys() - ASIDE):
        raise UserError(f"the profile has a setting {quoted(odd[0])}, which suite {suite.name} has not")


def _same(what: str, found: Any, asked: Any, suite: Suite) -> None:
    if not _identical(found, asked):
        raise UserError(f"{what} is {quoted(str(found))[1:-1]}, in suite {suite.name} it is {_short(asked)}")


def _short(value: Any) -> str:
    return quoted(str(value))[1:-1]


def _identical(a: Any, b: Any) -> bool:
    """Equal as JSON values: true is not 1, while 1 is 1.0."""
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(_identical(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(_identical, a, b))
    return isinstance(a, bool) == isinstance(b, bool) and bool(a == b)
