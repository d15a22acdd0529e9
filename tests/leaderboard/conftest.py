"""One site for all tests of the site: it takes seconds to draw."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from filelock import FileLock

sys.path.append(str(Path(__file__).parent))

from board_entries import write_results, write_texts

from gda_leaderboard.site.build import build


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
