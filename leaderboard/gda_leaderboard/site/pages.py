"""The pages of one board, as (path, template, what it shows); paths are relative to the site's root."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from gda_bench.report import Report, pool, reading, words
from gda_bench.report.blocks import Block, Gallery, Points
from gda_bench.report.blocks import Table as Tabular
from gda_leaderboard.entry import Entry
from gda_leaderboard.site import charts, summary
from gda_leaderboard.site.board import Board, Table
from gda_leaderboard.site.charts import Drawn, Wanted
from gda_leaderboard.site.jobs import Job
from gda_leaderboard.site.pairs import comparison, depth, pairs
from gda_leaderboard.site.row import VERSION, Row
from gda_leaderboard.site.slug import slug
from gda_leaderboard.site.standing import TRACKS, Track

ON_INDEX = 80
"""Ranked rows of the index, over all its tables; the tasks' pages have all."""
CHARTED = 8
"""Generators in a chart of the index, which shows those of the first track."""
MEANINGS: Mapping[Track, tuple[str, str]] = {
    "closed": ("Closed-set generators", "Trained on the n real images of the task and on nothing else."),
    "open": (
        "Open-set generators",
        "Given more than the n images: weights that were trained elsewhere, or other images.",
    ),
}
COLUMNS = (
    ("tier", "tier", "tier"),
    ("who", "generator", "generator"),
    ("rate", "one image is worth", "worth of one image"),
    ("worth", "worth in real images", "worth in real images"),
    ("gain", "gain, points", "gain"),
    ("memo", "memorised", "memorised share"),
    ("cost", "compute", "compute"),
    ("state", "verdict, checked", "how far checked"),
)
"""Of a board's table: (key, heading, name in the list to sort by)."""
TERMS = (
    ("tier", "Entries of one tier cannot be told apart beyond the noise between seeds: paired, 5 % in all after Holm's "
     "correction."),
    ("one image is worth", "The exchange rate: extra real images that do as well, per synthetic one. 0 is useless, 1 "
     "as good as real, below 0 harmful. The whisker is its 95 % interval, the thin line is 0; an open marker: the "
     "interval includes 0. An arrow: that end lies beyond what was measured, or off the scale."),
    ("†", "The report itself warns not to trust this interval, and says why: it counts as neither help nor harm."),
    ("worth in real images", "How many real images alone do as well as the n real ones and the synthetic ones."),
    ("gain, points", "In the task's metric, over the n real images alone; one point is 0.01."),
    ("memorised", "Share of the samples that lie three times nearer to a training image than to the next one."),
    ("compute", "Seconds to train the generator and to draw its pool once: processor time on a CPU, else wall time."),
    ("checked", "Well-formed: a valid report. Complete: every cell of the suite's grid is there. Recomputed: its "
     "numbers follow from its stored predictions. Reproduced: cells that were run again agree. Ranked from recomputed "
     "on."),
    ("controls", "Duplicates of the n images, known to be worth 0, and held-out real images, known to be worth 1. "
     "Where one of them comes out wrong, its report is not ranked."),
)  # fmt: skip

Charted: TypeAlias = Callable[[Wanted], Drawn]


@dataclass(frozen=True, slots=True)
class Page:
    path: str
    template: str
    title: str
    shows: dict[str, Any]


def wanted(board: Board) -> list[Wanted]:
    """Every chart that the pages show: what they ask for when they are put together."""
    found: list[Wanted] = []

    def note(chart: Wanted) -> Drawn:
        found.append(chart)
        return charts.UNDRAWN

    index(board, note)
    list(tasks(board, note))
    return found


def index(board: Board, drawn: Charted) -> Page:
    first = next(iter(board.suite.classifiers), "")
    filled = sum(1 for table in board.tables if table.size)
    tracks = []
    for track in TRACKS:
        shown, empty = [], []
        for task in board.tasks:
            tables = [t for t in board.of(track, task) if t.size or (track == TRACKS[0] and t.classifier == first)]
            if not tables:
                empty.append(task)
                continue
            figure = charts.worth_chart(tables[0], CHARTED) if track == TRACKS[0] else None
            shown.append({
                "name": task, "setting": _setting(tables[0].example), "tables": tables,
                "chart": drawn(figure) if figure else None,
            })  # fmt: skip
        title, meaning = MEANINGS[track]
        tracks.append({"name": track, "title": title, "meaning": meaning, "tasks": shown, "empty": words.listed(empty)})
    cost = charts.overall_compute(t for t in board.of("closed") if t.classifier == first)
    return Page("index.html", "index.html.j2", "What is one synthetic image worth?", {
        "lead": summary.lead(board), "glances": summary.glances(board), "tracks": tracks,
        "most": ON_INDEX // max(8, filled), "cost": drawn(cost) if cost else None, "terms": TERMS,
    })  # fmt: skip


def tasks(board: Board, drawn: Charted) -> Iterator[Page]:
    for task in board.tasks:
        tables = [table for track in TRACKS for table in board.of(track, task)]
        example = next((t.example for t in tables if t.example), None)
        tracks = []
        for track in TRACKS:
            parts = [{"table": t, "charts": [drawn(c) for c in _of_table(t)]} for t in tables if t.track == track]
            title, meaning = MEANINGS[track]
            tracks.append({"name": track, "title": title, "meaning": meaning, "parts": parts})
        yield Page(f"task/{slug(task)}.html", "task.html.j2", task, {
            "task": task, "setting": _setting(example), "facts": _facts(example), "tracks": tracks,
            "classifiers": tuple(dict.fromkeys(t.classifier for t in tables)),
        })  # fmt: skip


def generators(board: Board) -> Iterator[Page]:
    """One page a name, with every entry under it."""
    found: dict[str, list[tuple[Table, Row]]] = {}
    for table in board.tables:
        for row in (*table.ranked, *table.unranked, *table.controls):
            if row.run:
                found.setdefault(row.generator, []).append((table, row))
    entries = {entry.name: entry for entry in board.entries}
    for name in sorted(found):
        lines = _with_versions(found[name], entries)
        newest = max((entries[row.name].report for _, row in lines), key=lambda report: report.generator.version)
        yield Page(f"generator/{slug(name)}.html", "generator.html.j2", name, {
            "name": name, "lines": lines, "setting": _parameters(newest),
            "parts": list(_audits(lines, entries)), "wide": {}, "narrow": {},
        })  # fmt: skip


def compared(board: Board) -> list[Job]:
    """What the page of comparisons needs."""
    return [comparison(table, depth(board)) for table in _comparable(board)]


def compare(board: Board, files: Mapping[str, Path]) -> Page:
    """files: of jobs that are done, by their keys."""
    most = depth(board)
    parts = [
        {"table": table, "pairs": pairs(table, most, files), "metric": words.metric_name(table.example.task.metric)}
        for table in _comparable(board)
        if table.example
    ]
    return Page("compare.html", "compare.html.j2", "Compare two entries", {"parts": parts, "most": most})


def _comparable(board: Board) -> list[Table]:
    return [table for table in board.tables if table.example and len(table.ranked) > 1]


def _of_table(table: Table) -> list[Wanted]:
    return [chart for chart in (charts.worth_chart(table), charts.compute_chart(table)) if chart]


def _setting(report: Report | None) -> str:
    """Under what a table was measured; empty where nothing was."""
    found = report.equivalence if report else None
    if report is None or found is None:
        return ""
    arm = reading.headline_arm(report)
    seeds = f", {words.plural(arm.n, 'seed')}" if arm else ""
    return (
        f"{words.number(found.n_real)} real images and {words.number(found.n_synth)} synthetic ones, "
        f"{words.metric_name(found.metric)}{seeds}."
    )


def _facts(report: Report | None) -> list[tuple[str, str]]:
    if report is None:
        return []
    task = report.task
    shape = " × ".join(words.number(side) for side in task.shape)
    facts = [
        ("images", f"{words.plain(task.modality)}, {shape}"),
        ("classes", f"{len(task.classes)}: {words.listed([words.plain(name) for name in task.classes[:12]])}"),
        ("splits", f"{words.count(sum(task.train_counts))} to train, {words.count(sum(task.test_counts))} to test"),
        ("licence", words.plain(task.licence)),
        ("source", words.plain(task.source)),
        ("citation", words.plain(task.citation)),
        *(("caveat", words.plain(caveat)) for caveat in task.caveats),
    ]
    return [(name, value) for name, value in facts if value]


def _parameters(report: Report) -> str:
    generator = report.generator
    bound = ", ".join(f"{words.plain(k)} = {words.setting(v)}" for k, v in generator.params.items())
    given = reading.was_given(report)
    beyond = f" It was given {given}." if given else ""
    return f"Version {generator.version}{': ' + bound if bound else ''}.{beyond}"


def _with_versions(lines: Sequence[tuple[Table, Row]], entries: Mapping[str, Entry]) -> Sequence[tuple[Table, Row]]:
    """A table tells versions apart where it has several; a page of a generator does wherever there are several."""
    versions = {row.name: f"{VERSION}{entries[row.name].report.generator.version}" for _, row in lines}
    if len(set(versions.values())) == 1:
        return lines
    told = [
        (versions[row.name], *(part for part in row.variant.split(", ") if part not in ("", versions[row.name])))
        for _, row in lines
    ]
    return [(table, replace(row, variant=", ".join(parts))) for (table, row), parts in zip(lines, told, strict=True)]


def _audits(lines: Sequence[tuple[Table, Row]], entries: Mapping[str, Entry]) -> Iterator[dict[str, Any]]:
    """Of each task once: under another classifier the images are the same."""
    seen: set[str] = set()
    for table, row in lines:
        title = f"{table.task}, {row.variant}" if row.variant else table.task
        if title in seen:
            continue
        seen.add(title)
        entry = entries[row.name]
        report = entry.report
        remarks = tuple(words.plain(remark) for remark in entry.remarks)
        blocks: list[Block] = [Points("Remarks of the checks", remarks)] if remarks else []
        for block in pool.section(report).blocks:
            if isinstance(block, Tabular):
                # the same tables stand there for other tasks
                blocks.append(replace(block, caption=f"{table.task}: {block.caption}"))
            elif isinstance(block, Gallery):
                blocks.append(block)
        if blocks:
            yield {"slug": f"audit-{slug(title)}", "title": title, "blocks": blocks, "run": row.run}
