"""Building the site: from the accepted reports to a folder of pages. Equal inputs give equal bytes."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from jinja2 import Environment, PackageLoader

from gda_bench.errors import UserError
from gda_bench.report import load
from gda_bench.report.html import templates, to_html
from gda_leaderboard.entry import REPORT, RUNGS, Entry, entry_folders, load_entry
from gda_leaderboard.progress import Step, unseen
from gda_leaderboard.site import assets, charts, downloads, jobs, pages
from gda_leaderboard.site.board import Board, board_of
from gda_leaderboard.site.prose import PAGES, Prose, read_pages
from gda_leaderboard.site.row import run_stem
from gda_leaderboard.site.slug import slug
from gda_leaderboard.suite import Suite, suites

MARK = ".gda-bench-site"
"""Stands in every built site: only a folder that holds it is replaced."""
HOME = ("../index.html", "gda-bench leaderboard")


@dataclass(frozen=True, slots=True)
class Site:
    """What every page knows. css, js: names of files. base_url: where it will stand, ends with a slash, or empty."""

    policy: str
    css: str
    js: str
    base_url: str
    links: tuple[tuple[str, str], ...]


def build(
    results: Path,
    out: Path,
    *,
    keep: Path,
    base_url: str = "",
    workers: int | None = None,
    written: Path | None = None,
    step: Step = unseen,
) -> int:
    """Write the site of all suites and return how many entries it shows.

    results: of leaderboard/results. out: replaced as a whole, if it is empty or an earlier build. keep: where charts
    and reports that were drawn stay for the next build. written: the folder of the written pages. Raises UserError on
    an invalid report, a folder of no suite, or an `out` that holds anything else.
    """
    _refuse_strangers(out)
    prose = read_pages(written or Path(str(resources.files("gda_leaderboard").joinpath("pages"))))
    loaded = list(_loaded(results, step))
    gc.freeze()  # reports stay to the end: nothing is gained by walking through all of them again and again
    try:
        boards = [board_of(suite, entries) for suite, entries in loaded]
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as passing:
            target = Path(passing) / "site"
            _Writer(target, keep, base_url, workers or os.cpu_count() or 1, step).site(boards, prose, results)
            shutil.rmtree(out, ignore_errors=True)
            target.rename(out)
    finally:
        gc.unfreeze()
    return sum(len(board.entries) for board in boards)


def _refuse_strangers(out: Path) -> None:
    if out.exists() and not (out.is_dir() and ((out / MARK).is_file() or not any(out.iterdir()))):
        raise UserError(f"{out}: is not a site that was built before; give an empty or a new folder as --out")


def _loaded(results: Path, step: Step) -> Iterator[tuple[Suite, list[Entry]]]:
    """Newest suite first; those without entries only where no suite has any."""
    known = suites()
    folders = entry_folders(results)
    for folder in folders:
        if folder.parent.name not in known:
            raise UserError(f"{folder.parent}: there is no suite {folder.parent.name!r}; known: {', '.join(known)}")
    entries = []
    for count, folder in enumerate(folders, start=1):
        entries.append(_lean(load_entry(folder)))
        step("reading reports", count, len(folders))
    for suite in reversed(known.values()):
        yield suite, [entry for entry in entries if entry.suite == suite.name]


def _lean(entry: Entry) -> Entry:
    """Without the largest part of a report that only its own page shows, which is drawn from the file."""
    audit = entry.report.audit.model_copy(update={"embedding": []})
    return Entry(
        suite=entry.suite,
        name=entry.name,
        report=entry.report.model_copy(update={"audit": audit}),
        digest=entry.digest,
        rung=entry.rung,
        remarks=entry.remarks,
    )


def make_run(folder: Path) -> str:
    """An entry's own page."""
    return to_html(load(folder / REPORT), home=HOME)


class _Writer:
    """Writes one site into a folder that is not there yet."""

    def __init__(self, target: Path, keep: Path, base_url: str, workers: int, step: Step) -> None:
        self.target, self.keep, self.workers, self.step = target, keep, workers, step
        style, script = assets.style(), assets.script()
        links = (("index.html", "Leaderboard"), ("compare.html", "Compare"))
        self.site_facts = Site(
            policy=assets.POLICY,
            css=assets.stamped("site.css", style),
            js=assets.stamped("site.js", script),
            base_url=f"{base_url.rstrip('/')}/" if base_url else "",
            links=(*links, *((f"{name}.html", title) for name, title in PAGES.items())),
        )
        self.templates = _environment()
        self.newest = ""
        self._write(f"assets/{self.site_facts.css}", style)
        self._write(f"assets/{self.site_facts.js}", script)
        self._write(MARK, "")
        self._write(".nojekyll", "")

    def site(self, boards: Sequence[Board], prose: Sequence[Prose], results: Path) -> None:
        """boards: newest first; the newest is the front page, unless only older ones have entries."""
        front = next((board for board in boards if board.entries), boards[0])
        older = [board for board in boards if board is not front and board.entries]
        self.newest = front.suite.name
        names = tuple((board.suite.name, board.suite.title) for board in older)
        runs = {run_stem(e): self._run(results / e.suite / e.name, e) for board in boards for e in board.entries}
        wanted = [chart for board in (front, *older) for chart in pages.wanted(board)]
        compared = [pair for board in (front, *older) for pair in pages.compared(board)]
        files = jobs.done(
            [*runs.values(), *(chart.job for chart in wanted), *compared], self.keep, workers=self.workers,
            step=lambda done, of: self.step("drawing charts and reports", done, of),
        )  # fmt: skip
        self._board(front, files, "", names)
        for board in older:
            self._board(board, files, f"suites/{board.suite.name}/", ())
        (self.target / "run").mkdir()
        for stem, made in runs.items():
            shutil.copyfile(files[made.key], self.target / f"run/{stem}.html")
        for written in prose:
            page = pages.Page(f"{written.name}.html", "prose.html.j2", written.title, {"prose": written})
            self._page(front, page, "", written.title)

    def _run(self, folder: Path, entry: Entry) -> jobs.Job:
        return jobs.job(make_run, folder, of=entry.digest, by=("gda_bench.report",))

    def _board(self, board: Board, files: Mapping[str, Path], under: str, older: tuple[tuple[str, str], ...]) -> None:
        def drawn(chart: charts.Wanted) -> charts.Drawn:
            return charts.drawn(chart, files[chart.job.key])

        index = pages.index(board, drawn)
        index.shows["older"] = older
        for page in (index, *pages.tasks(board, drawn), *pages.generators(board), pages.compare(board, files)):
            self._page(board, page, under, page.title)
        self._write(f"{under}data/results.json", downloads.as_json(board))
        self._write(f"{under}data/results.csv", downloads.as_csv(board))

    def _page(self, board: Board, page: pages.Page, under: str, title: str) -> None:
        """under: the folder of the board. top, root: the ways to the site's and to the board's first page."""
        path = under + page.path
        root = "../" * page.path.count("/")
        text = self.templates.get_template(page.template).render(
            **page.shows,
            site=self.site_facts, board=board, suite=board.suite, path=path, at=page.path, title=title,
            description=f"{title}: what synthetic images are worth in real ones, measured.",
            newest=self.newest, root=root, top="../" * path.count("/"), columns=pages.COLUMNS,
        )  # fmt: skip
        self._write(path, text)

    def _write(self, path: str, text: str) -> None:
        file = self.target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")


def _environment() -> Environment:
    found = templates(PackageLoader("gda_leaderboard.site", "templates"))
    found.filters["slug"] = slug
    found.filters["rung"] = RUNGS.index
    return found
