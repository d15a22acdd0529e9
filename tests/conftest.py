"""Shared by all tests: components that are fast because they are simple, and a place of its own for every run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

PLUGINS = Path(__file__).parent / "plugins" / "fast.py"
JITTER = f"{PLUGINS}:Jitter"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CENTROID = f"{PLUGINS}:Centroid"

os.environ.setdefault("OMP_NUM_THREADS", "1")  # a worker a core: more threads than cores only wait for each other
os.environ.pop("COLUMNS", None)  # test workers have one set, and a console keeps what it finds at its start

settings.register_profile("default", deadline=None, max_examples=50)
settings.register_profile("ci", deadline=None, max_examples=100, derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the store, the data or the reports of the person who runs it."""
    monkeypatch.setenv("GDA_BENCH_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("GDA_BENCH_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def small_audits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The map and the judge of samples, which tests/audit tries by themselves, take a third of a small study's time."""
    monkeypatch.setattr("gda_bench.audit.embedding.SHOWN", 40)
    monkeypatch.setattr("gda_bench.audit.separability.MOST", 40)


@pytest.fixture
def fast_run(tmp_path: Path, small_audits: None) -> Callable[..., Any]:
    """`gda_bench.run` on digits with the fast components, in this process; options may be changed."""

    def run(**options: Any) -> Any:
        import gda_bench

        settings = {"n_real": 40, "budget.amount": 20, **options.pop("set", {})}
        chosen = {"task": "digits", "generator": JITTER, "classifier": CENTROID, "seeds": 3, "workers": 1, **options}
        return gda_bench.run(**chosen, set=settings, profile="quick", out=tmp_path / "reports")

    return run


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real one, without a window."""
    api = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield opened
        opened.close()


WORDS = """() => [...document.querySelectorAll("svg")].flatMap(svg => {
    const sheet = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll("text")].map(e => [e.textContent, e.getBoundingClientRect()]);
    const outside = texts.filter(([, box]) => box.left < sheet.left - 1 || box.right > sheet.right + 1);
    const pairs = texts.flatMap((a, i) => texts.slice(i + 1).map(b => [a, b]));
    const over = (a, b, from, to) => Math.min(a[1][to], b[1][to]) - Math.max(a[1][from], b[1][from]);
    const meet = pairs.filter(([a, b]) => over(a, b, "left", "right") > 1 && over(a, b, "top", "bottom") > 4);
    return [...outside.map(([text]) => text), ...meet.map(([a, b]) => `${a[0]} on ${b[0]}`)];
})"""


@pytest.fixture
def misplaced() -> Callable[[Any], list[str]]:
    """The words of a page's visible pictures that stand on others, or leave their picture at its sides."""
    return lambda page: [*page.evaluate(WORDS)]
