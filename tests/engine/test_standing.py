"""A finished study run again is not estimated and drawn again, unless something that its report is made of changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gda_bench.report import Report
from gda_bench.study import standing

Run = Callable[..., list[Report]]


@pytest.fixture
def folder(fast_run: Run, tmp_path: Path) -> Path:
    """Of a report that was just made."""
    fast_run(seeds=1)
    (path,) = (tmp_path / "reports").iterdir()
    return path


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that reports are written to from now on."""
    from gda_bench.report import write as module

    folders: list[Path] = []
    write = module.write

    def noted(report: Report, folder: Path, *rest: Any) -> None:
        folders.append(folder)
        write(report, folder, *rest)

    monkeypatch.setattr(module, "write", noted)
    return folders


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_again_reads_the_report_that_stands(fast_run: Run, folder: Path, made: list[Path]) -> None:
    before = contents(folder)
    (report,) = fast_run(seeds=1)
    assert made == []
    assert contents(folder) == before
    assert report.created in before["report.json"].decode()


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["edited", "gone", "added", "unreadable"])
def test_a_report_that_was_touched_is_made_again(fast_run: Run, folder: Path, made: list[Path], damage: str) -> None:
    before = contents(folder)
    if damage == "edited":
        path = folder / "report.md"
        path.write_text(path.read_text().replace("digits", "cifar10"))
    elif damage == "gone":
        (folder / "figures" / "curve.svg").unlink(missing_ok=True)
        shutil.rmtree(folder / "figures")
    elif damage == "added":
        (folder / "notes.txt").write_text("mine")
    else:
        (folder / "report.json").write_text("{")
    fast_run(seeds=1)
    assert made == [folder]
    after = contents(folder)
    assert set(before) <= set(after)
    assert after["cells.csv"] == before["cells.csv"]
    assert b"cifar10" not in after["report.md"]


@pytest.mark.slow
def test_cells_that_were_computed_anew_make_it_again(
    fast_run: Run, folder: Path, made: list[Path], tmp_path: Path
) -> None:
    fast_run(seeds=1, policy="always")
    assert made == [folder]
    shutil.rmtree(next((tmp_path / "store" / "cells").iterdir()))
    fast_run(seeds=1)
    assert made == [folder, folder]


def test_other_code_makes_it_again(
    fast_run: Run, folder: Path, made: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "_code", lambda package: "another")
    fast_run(seeds=1)
    assert made == [folder]


def test_limits_change_no_cell_and_are_in_the_report(fast_run: Run, folder: Path, made: list[Path]) -> None:
    (report,) = fast_run(seeds=1, set={"limits.hours": 1})
    assert made == [folder]
    assert report.profile.settings["limits"]["hours"] == 1


@pytest.mark.slow
def test_where_nothing_can_be_remembered_it_is_made_again(
    fast_run: Run, folder: Path, made: list[Path], tmp_path: Path
) -> None:
    shutil.rmtree(tmp_path / "store" / "reports")
    (tmp_path / "store" / "reports").write_text("in the way")
    fast_run(seeds=1)
    fast_run(seeds=1)
    assert made == [folder, folder]
