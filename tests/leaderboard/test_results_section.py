"""The README's results are those of the committed reports, and say no more than their intervals carry."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from gda_bench.report import Report
from gda_bench.report.document import dumps

ROOT = Path(__file__).parents[2]
for folder in ("benchmark/studies", "tests/report"):
    sys.path.append(str(ROOT / folder))

import report_variants as variants  # noqa: E402
from results_section import BEGIN, END, NONE_YET, README, RESULTS, section  # noqa: E402
from sample_report import sample_report  # noqa: E402


def test_the_readme_shows_what_the_script_makes_of_the_committed_results() -> None:
    shown = README.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    assert shown.strip() == section(RESULTS).strip(), "run: python benchmark/studies/results_section.py --write"


def test_without_results_it_says_so(tmp_path: Path) -> None:
    assert section(tmp_path) == NONE_YET


def board(root: Path, *reports: Report) -> str:
    for i, report in enumerate(reports):
        folder = root / "v1" / f"entry-{i}"
        folder.mkdir(parents=True)
        (folder / "report.json").write_text(dumps(report), encoding="utf-8")
    return section(root)


@pytest.mark.parametrize(
    ("variant", "said"),
    [
        (sample_report, "shown to help: edm 0."),
        (variants.harmful, "shown to do harm: edm −"),
        (variants.not_established, "neither help nor harm shown: edm"),
        (variants.censored, "did better than any number of real images that was measured: edm ≥"),
        (variants.flat, "no scale to value by"),
        (variants.failed_control, "not to be believed"),
        (variants.bare, "not measured: "),
    ],
)
def test_each_verdict_is_told_as_what_it_is(variant: Callable[[], Report], said: str, tmp_path: Path) -> None:
    text = board(tmp_path, variant())
    (line,) = [line for line in text.splitlines() if line.startswith("- **digits**")]
    assert said in line


def test_an_interval_that_the_report_warns_of_shows_neither_help_nor_harm(tmp_path: Path) -> None:
    trusted = sample_report()
    warned = sample_report(warnings=["Do not trust the interval of the exchange rate: it rests on 2 seeds."])
    assert "shown to help" in board(tmp_path / "a", trusted)
    text = board(tmp_path / "b", warned)
    assert "shown to help" not in text
    assert "the report says not to trust" in text
    assert "]†" in text


def test_of_a_generators_versions_the_newest_is_told(tmp_path: Path) -> None:
    first, elsewhere = sample_report(), variants.harmful()
    second = variants.harmful()
    second = second.model_copy(update={"generator": second.generator.model_copy(update={"version": 2})})
    elsewhere = elsewhere.model_copy(update={"task": elsewhere.task.model_copy(update={"name": "fashion-mnist"})})
    text = board(tmp_path, first, second, elsewhere)
    assert "2 studies" in text
    assert "shown to help" not in text, "version 1 did, and version 2 is there"
    assert "fashion-mnist: 1 study" in text, "where there is no version 2, version 1 stands"
    assert text.count("| edm (version 1) |") == 1, "and is named"


def test_a_hostile_report_is_text(tmp_path: Path) -> None:
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(board(tmp_path, variants.hostile()))
    inside = [child for token in tokens for child in (token, *(token.children or ()))]
    html = [token.content for token in inside if token.type.startswith("html")]
    assert not [token for token in inside if token.type in ("link_open", "image")]
    assert all(re.fullmatch(r"(<details><summary>[^<>]*</summary>|</details>)\n?", part) for part in html)
    assert html
