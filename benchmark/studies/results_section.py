"""The results section of the README, from the reports under leaderboard/results: sentences, then a table a task.

python benchmark/studies/results_section.py --write
"""

from __future__ import annotations

import argparse
import html
from collections.abc import Mapping, Sequence
from pathlib import Path

from findings import classifier, findings, marked_rate, scope

from gda_bench.evidence.names import builtin_generator, builtin_generators
from gda_bench.report import Report, headline, reading, words
from gda_bench.report.markdown import grid, safe
from gda_leaderboard.entry import entry_folders, load_entry
from gda_leaderboard.suite import suites

ROOT = Path(__file__).parents[2]
RESULTS, README = ROOT / "leaderboard/results", ROOT / "README.md"
BEGIN, END = "<!-- results:begin -->", "<!-- results:end -->"
NONE_YET = "No results have been accepted yet."
HEAD = (
    "generator", "classifier", "n + m", "score of n", "score of n + m", "gain, points", "exchange rate", "verdict",
    "memorised",
)  # fmt: skip
ALIGN = "llrrrrrlr"
KEY = (
    "Scores are means over seeds on the test split; brackets are 95 % intervals; … is an end beyond the measured "
    "curve. Memorised: share of the samples and, in parentheses, of held-out real images by the same rule. † The "
    "report itself says not to trust this interval, and why. Of a generator's versions the newest on a task is told, "
    "and named where there is a newer one by now; the leaderboard has all."
)


def section(results: Path) -> str:
    """The block between the README's marks, without them."""
    boards: dict[str, list[Report]] = {}
    for entry in map(load_entry, entry_folders(results)):
        boards.setdefault(entry.suite, []).append(entry.report)
    boards = {name: _newest(found) for name, found in boards.items()}
    return "\n\n".join(_board(name, found) for name, found in boards.items()) or NONE_YET


def _newest(found: Sequence[Report]) -> list[Report]:
    """Without those of a generator's former versions where a newer one was tried on the same task and classifier."""
    newest: dict[tuple[str, ...], int] = {}
    for report in found:
        newest[_place(report)] = max(report.generator.version, newest.get(_place(report), 0))
    return [report for report in found if report.generator.version == newest[_place(report)]]


def _place(report: Report) -> tuple[str, ...]:
    return report.task.name, classifier(report), report.generator.name


def _versions(found: Sequence[Report]) -> dict[str, int]:
    """The newest that there is of each generator: entered, or shipped."""
    newest = {name: builtin_generator(name).version for name in builtin_generators()}
    for report in found:
        name, version = report.generator.name, report.generator.version
        newest[name] = max(version, newest.get(name, version))
    return newest


def _board(name: str, found: list[Report]) -> str:
    found.sort(key=lambda r: (classifier(r), r.generator.name, r.study))
    suite = suites().get(name)
    title = f"**Suite {safe(name)}{f': {safe(suite.title)}' if suite else ''}.**"
    there = {r.task.name for r in found}
    tasks = [task for task in dict.fromkeys([*(suite.tasks if suite else ()), *sorted(there)]) if task in there]
    sentences = "\n".join(f"- {sentence}" for sentence in findings(found, tasks))
    tables = [_table(task, [r for r in found if r.task.name == task], _versions(found)) for task in tasks]
    return "\n\n".join([f"{title} {scope(found)}", sentences, *tables, KEY])


def _table(task: str, reports: Sequence[Report], newest: Mapping[str, int]) -> str:
    # GitHub folds these; what is in a tag is not Markdown, so the name is escaped as HTML is
    name = html.escape(words.plain(task))
    count = words.plural(len(reports), "study", "studies")
    rows = grid(ALIGN, HEAD, tuple(_row(report, newest) for report in reports))
    return f"<details><summary>{name}: {count}</summary>\n\n{rows}\n\n</details>"


def _row(report: Report, newest: Mapping[str, int]) -> tuple[str, ...]:
    base = next((a for a in report.arms if (a.arm, a.n_real) == ("real", reading.base_size(report))), None)
    mix, of = reading.headline_arm(report), report.generator
    track = [] if of.track == "closed" else [of.track]
    beside = track + ([f"version {of.version}"] if of.version < newest[of.name] else [])
    failed = len(reading.failed_cells(report))
    return (
        words.plain(of.name) + (f" ({', '.join(beside)})" if beside else ""),
        classifier(report),
        f"{words.number(mix.n_real)} + {words.number(mix.n_synth)}" if mix else words.NOT_MEASURED,
        words.level(base.mean if base else None),
        words.level(mix.mean if mix else None),
        str(words.points(mix.gain if mix else None)),
        marked_rate(report),
        headline.badge(report)[0] + (f", {words.plural(failed, 'cell')} failed" if failed else ""),
        f"{words.share(report.audit.memorised_fraction)} ({words.share(report.audit.memorised_baseline)})",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--write", action="store_true", help="into the README, instead of printing it")
    chosen = parser.parse_args()
    text = section(chosen.results)
    if not chosen.write:
        print(text)
        return
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    README.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
