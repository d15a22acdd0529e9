"""README, CONTRIBUTING and the written pages: what they show can be typed, what they point to is there."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from xml.etree import ElementTree

import click
import pytest
import typer
import yaml
from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

from gda_bench.cli.app import app
from gda_bench.report import palette
from gda_bench.report.figures.svg import ELEMENTS
from gda_leaderboard.suite import suites

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "leaderboard/gda_leaderboard/pages").glob("*.md"))
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *PAGES]
COMMAND = typer.main.get_command(app)
each_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
each_page = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)


def tokens(path: Path) -> list[Token]:
    """Of a document, those inside of others too."""
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    markdown.use(dollarmath_plugin, allow_space=False, allow_digits=False)
    found = markdown.parse(path.read_text(encoding="utf-8"))
    return [inner for token in found for inner in (token, *(token.children or ()))]


def typed(path: Path) -> Iterator[list[str]]:
    """The arguments of every command in a shell block, also of one that a container is given."""
    for token in tokens(path):
        if token.type == "fence" and token.info == "sh":
            for line in token.content.splitlines():
                words = shlex.split(line, comments=True)
                at = len(words) - words[::-1].index("gda-bench") if "gda-bench" in words else 0
                if at and words[:2] != ["docker", "build"] and words[0] in ("docker", "gda-bench"):
                    yield words[at:]


def mentioned(path: Path) -> Iterator[list[str]]:
    """The arguments of every command in running text, where what must be given may be left out."""
    for token in tokens(path):
        if token.type == "code_inline" and token.content.startswith("gda-bench "):
            yield token.content.split()[1:]


def command_of(arguments: list[str]) -> tuple[click.Command, list[str]]:
    """The command that is meant, and what is left for it."""
    command, rest = COMMAND, list(arguments)
    while isinstance(command, click.Group) and rest:
        found = command.get_command(click.Context(command), rest[0])
        assert found, f"no command {rest[0]!r} in gda-bench {' '.join(arguments)}"
        command, rest = found, rest[1:]
    return command, rest


@each_document
def test_every_command_of_a_shell_block_parses(path: Path) -> None:
    for arguments in typed(path):
        command, rest = command_of(arguments)
        command.make_context("gda-bench", rest)  # parses, and runs nothing


@each_document
def test_every_command_in_the_text_exists(path: Path) -> None:
    for arguments in mentioned(path):
        command, rest = command_of(arguments)
        known = {name for parameter in command.params for name in parameter.opts}
        assert {word for word in rest if word.startswith("--")} <= known, arguments


def anchors(path: Path) -> set[str]:
    """Of the headings, as GitHub and the site make them."""
    found = tokens(path)
    titles = (found[i + 1].content for i, token in enumerate(found) if token.type == "heading_open")
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@each_document
def test_every_link_leads_somewhere(path: Path) -> None:
    for token in tokens(path):
        target = str(token.attrs.get("href", token.attrs.get("src", "")))
        if not target or target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        assert ":" not in file
        place = path.parent / (re.sub(r"\.html$", ".md", file) if path in PAGES else file) if file else path
        assert place.exists(), f"{path.name} points to {target}"
        assert not anchor or anchor in anchors(place), f"{path.name} points to {target}"


@each_page
def test_a_page_is_titled_plain_markdown_with_readable_formulas(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# ")
    found = tokens(path)
    assert not [token.content for token in found if token.type.startswith("html")]
    for token in found:
        if token.type.startswith("math"):
            assert "<math" in convert(token.content)


def test_the_method_has_its_formulas() -> None:
    (method,) = [path for path in PAGES if path.stem == "method"]
    assert len([token for token in tokens(method) if token.type.startswith("math")]) > 50


def test_the_coverage_of_the_method_page_is_that_of_the_simulation() -> None:
    text = (ROOT / "benchmark/simulations/coverage.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [^|]+ \| \w+ \| (\w+) \| (\d) \| [-.\d]+ \| \**([.\d]+)[^|]* \|", text, flags=re.M)
    assert len(rows) == 160
    page = (ROOT / "leaderboard/gda_leaderboard/pages/method.md").read_text(encoding="utf-8")
    for images, seeds in {row[:2] for row in rows}:
        held = [float(value) for *setting, value in rows if setting == [images, seeds]]
        told = f"| {seeds} | {len(held)} | {mean(held):.1f} % | {min(held):.1f} % | {max(held):.1f} % |"
        name = "no predictions kept, noise of seeds only" if images == "all" else images
        assert f"| {name} {told}" in page


def test_the_changelog_tells_of_every_suite() -> None:
    text = (ROOT / "leaderboard/gda_leaderboard/pages/changelog.md").read_text(encoding="utf-8")
    for suite in suites().values():
        part = text.partition(f"### {suite.name}: ")[2].partition("\n### ")[0]
        assert f"Opened on {suite.opened}." in part
        assert all(f"`{name}`" in part for name in (*suite.tasks, *suite.classifiers, suite.profile, suite.protocol))


def test_the_picture_of_the_readme_is_a_picture_and_nothing_more() -> None:
    (source,) = [str(token.attrs["src"]) for token in tokens(ROOT / "README.md") if token.type == "image"]
    root = ElementTree.parse(ROOT / source).getroot()
    assert root.get("aria-label")
    assert {element.tag.partition("}")[2] for element in root.iter()} <= ELEMENTS
    # a paper of its own, since GitHub's is dark for some
    assert root[0].get("fill") == palette.PAPER.light


def test_the_citation_is_of_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert citation["cff-version"] == "1.2.0"
    assert (citation["type"], citation["license"]) == ("software", project["license"])
    assert citation["version"] == project["version"]
    assert all(citation[key] for key in ("message", "title", "authors"))
    assert all({"authors", "title", "type"} <= reference.keys() for reference in citation["references"])
