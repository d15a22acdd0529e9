"""One honest report for all tests of a worker; every test has results of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

from board import Board, make_suite, write_honest


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
