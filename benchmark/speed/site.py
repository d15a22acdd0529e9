"""How long the leaderboard's site takes to build as it grows, and how heavy its pages become.

    python benchmark/speed/site.py --like REPORT.json > benchmark/speed/site.md

Reports are made from one real report of the suite: another generator's name, shifted scores, spread over all tables of
both tracks. `cold` draws everything. `again` finds every page and chart drawn before. `one more` adds one report to
that. For the large board the pages of reports are put there beforehand (one page, copied under the key of each), since
drawing them is what `cold` has measured: a build that keeps what it drew never draws an old report twice.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import random
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from gda_bench.report import Report, dumps, load
from gda_bench.report.model import WeightsPart
from gda_leaderboard.entry import PREDICTIONS, REPORT, VERIFIED, Verified
from gda_leaderboard.site import jobs
from gda_leaderboard.site.build import build, make_run
from gda_leaderboard.suite import Suite, suites


def grown(like: Report, suite: Suite, number: int) -> Report:
    """The report as another generator's, on the table whose turn it is."""
    places = [(t, c, track) for track in ("closed", "open") for t in suite.tasks for c in suite.classifiers]
    task, classifier, track = places[number % len(places)]
    known, model = suite.tasks[task], suite.classifiers[classifier]
    shift = random.Random(number).gauss(0, 0.02)
    name = f"generator-{number // len(places):03d}"
    found = like.equivalence
    assert found
    rate = found.exchange_rate.model_copy(update={"estimate": found.exchange_rate.estimate + shift})

    def moved(cell: Any) -> Any:
        if cell.arm != "mix" or not cell.metrics:
            return cell
        metrics = {key: min(max(value + shift, 0.0), 1.0) for key, value in cell.metrics.items()}
        return cell.model_copy(update={"metrics": metrics, "key": f"{name} {cell.key}"})

    settings = {**like.profile.settings, **suite.settings, **known.settings}
    weights = [WeightsPart(name="unet", source="someone/diffusion", digest="ab" * 32)] if track == "open" else []
    generator = {"name": name, "track": track, "weights": weights}
    update = {
        "task": like.task.model_copy(update={"name": task, "version": known.version, "data_digest": known.data_digest}),
        "generator": like.generator.model_copy(update=generator),
        "classifier": like.classifier.model_copy(
            update={"name": model.component, "version": model.version, "params": model.params}
        ),
        "profile": like.profile.model_copy(update={"name": suite.profile, "settings": settings}),
        "cells": [moved(cell) for cell in like.cells],
        "equivalence": found.model_copy(update={"exchange_rate": rate}),
        "cost": [cost.model_copy(update={"component": name}) for cost in like.cost if cost.stage in ("fit", "pool")],
    }
    return like.model_copy(update=update)


def put(results: Path, report: Report, suite: Suite, number: int) -> None:
    """As an accepted entry."""
    folder = results / suite.name / f"entry-{number:05d}"
    folder.mkdir(parents=True)
    text = dumps(report).encode()
    digests = {"report": hashlib.sha256(text).hexdigest(), "predictions": hashlib.sha256(b"").hexdigest()}
    (folder / REPORT).write_bytes(text)
    (folder / PREDICTIONS).write_bytes(b"")
    verdict = Verified(rung="recomputed", gda_bench="0", **digests)
    (folder / VERIFIED).write_text(verdict.model_dump_json(), encoding="utf-8")


class Board:
    """A growing folder of results and the site that is built from it."""

    def __init__(self, place: Path, like: Report, suite: Suite, pages: Path | None, workers: int | None) -> None:
        self.place, self.like, self.suite, self.pages, self.workers = place, like, suite, pages, workers
        self.count = 0

    def grow(self, count: int) -> None:
        for number in range(self.count, self.count + count):
            put(self.place / "results", grown(self.like, self.suite, number), self.suite, number)
        self.count += count

    def build(self) -> tuple[float, float]:
        """Wall and processor seconds of one build, its processes included."""
        start, used = time.perf_counter(), processor()
        build(
            self.place / "results", self.place / "site", keep=self.place / "keep", written=self.pages,
            workers=self.workers,
        )  # fmt: skip
        return time.perf_counter() - start, processor() - used

    def put_run_pages(self) -> None:
        """Under the key of every report, one and the same page."""
        folders = sorted((self.place / "results" / self.suite.name).iterdir())
        text = make_run(folders[0])
        for folder in folders:
            digest = hashlib.sha256((folder / REPORT).read_bytes()).hexdigest()
            job = jobs.job(make_run, folder, of=digest, by=("gda_bench.report",))
            file = self.place / "keep" / job.key[:2] / job.key
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    def row(self, what: str, seconds: tuple[float, float]) -> str:
        site = self.place / "site"
        tasks = max(path.stat().st_size for path in (site / "task").iterdir())
        sizes = [(site / "index.html").stat().st_size, tasks, (site / "compare.html").stat().st_size]
        whole = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
        cells = [f"{self.count:,}", what, *(f"{s:.0f}" for s in seconds), *(f"{size / 1000:,.0f}" for size in sizes)]
        return f"| {' | '.join(cells)} | {whole / 1e6:,.0f} |"


def processor() -> float:
    """Seconds of this process and of those it waited for."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def loaded(site: Path) -> str:
    """How long a browser takes with the largest pages; empty without one."""
    browser = shutil.which("chromium")
    if browser is None:
        return ""
    from playwright.sync_api import sync_playwright

    lines = []
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        for page in (site / "index.html", max((site / "task").iterdir(), key=lambda path: path.stat().st_size)):
            times = []
            for _ in range(5):
                tab = opened.new_page()
                tab.goto(page.as_uri())
                times.append(tab.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"))
                tab.close()
            lines.append(f"{page.name} {min(times):.0f} ms")
        opened.close()
    return f"Page load in Chromium, from the start to the load event, the fastest of 5: {', '.join(lines)}."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--like", type=Path, required=True, help="a report of the suite")
    parser.add_argument("--cold", type=int, default=100, help="reports that are really drawn")
    parser.add_argument("--many", type=int, default=1000)
    parser.add_argument("--pages", type=Path, help="the folder of written pages, where the package has none")
    parser.add_argument("--workers", type=int, help="default: one a core")
    args = parser.parse_args()
    like, suite = load(args.like), next(iter(suites().values()))
    print("# The site as it grows\n")
    print(f"Made by `python {' '.join(['benchmark/speed/site.py', *sys.argv[1:]])}`; its first lines say how.")
    workers = args.workers or os.cpu_count()
    print(f"CPU, {platform.machine()}, {workers} of {os.cpu_count()} cores draw, load {os.getloadavg()[0]:.1f}.\n")
    print("| reports | build | s | CPU s | index, kB | largest task page, kB | compare, kB | site, MB |")
    print("|---:|---|---:|---:|---:|---:|---:|---:|", flush=True)
    with tempfile.TemporaryDirectory() as place:
        board = Board(Path(place) / "cold", like, suite, args.pages, args.workers)
        board.grow(args.cold)
        spent = {}
        for what in ("cold", "again"):
            spent[what] = board.build()
            print(board.row(what, spent[what]), flush=True)
        each = (spent["cold"][1] - spent["again"][1]) / args.cold
        board.grow(1)
        print(board.row("one more", board.build()), flush=True)
        board = Board(Path(place) / "many", like, suite, args.pages, args.workers)
        board.grow(args.many)
        board.put_run_pages()
        for what in ("pages of reports kept, charts drawn", "again"):
            print(board.row(what, board.build()), flush=True)
        board.grow(1)
        print(board.row("one more", board.build()), flush=True)
        print(
            f"\nDrawn for the first time, a report takes {each:.1f} s of processor time, charts included: "
            f"{args.many:,} of them would take {each * args.many / 60:.0f} min of one core."
        )
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"\nMost memory of the building process: {memory:.1f} GB. {loaded(board.place / 'site')}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
