"""One honest report and one site, each made once for many tests; every test of submissions has results of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from filelock import FileLock

sys.path.append(str(Path(__file__).parent))

from board import Board, make_suite, write_honest
from board_entries import write_results, write_texts

from gda_leaderboard.site.build import build


@pytest.fixture(scope="session")
def honest(tmp_path_factory: pytest.TempPathFactory, suite_folder: Path) -> Path:
    return write_honest(tmp_path_factory.mktemp("honest"), suite_folder)


@pytest.fixture(scope="session")
def suite_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_suite(tmp_path_factory.mktemp("suites") / "suites")


@pytest.fixture
def board(tmp_path: Path, honest: Path, suite_folder: Path) -> Board:
    (tmp_path / "results").mkdir()
    return Board(tmp_path / "results", suite_folder, honest)


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """results, texts, keep and the built site, shared by all workers of a run."""
    shared = tmp_path_factory.getbasetemp()
    place = (shared.parent if shared.name.startswith("popen-") else shared) / "leaderboard-site"
    with FileLock(f"{place}.lock"):
        if not place.exists():
            write_results(place / "results")
            write_texts(place / "texts")
            build(place / "results", place / "site", keep=place / "keep", workers=1, written=place / "texts")
    return place


@pytest.fixture(scope="session")
def site(ground: Path) -> Path:
    return ground / "site"
