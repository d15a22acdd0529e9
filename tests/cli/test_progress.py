"""What a log shows of a run, where there is no terminal to draw a bar on."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from gda_bench.cli import progress
from gda_bench.cli.progress import ProgressBar
from gda_bench.study.request import Request
from gda_bench.study.session import open_session


def logged(folder: Path) -> list[str]:
    """What a small study says."""
    request = Request(
        task=["digits"], generator=["gaussian"], classifier=["linear"], profile="quick", seeds=1, workers=1,
        set={"n_real": 40, "budget.amount": 3, "mix_ratios": [1], "synthetic_ratios": [1], "headline_ratio": 1},
        store=folder / "store", out=folder / "out", data_dir=folder,
    )  # fmt: skip
    text = io.StringIO()
    with ProgressBar(Console(file=text, width=40)) as bar:
        open_session(request).run(bar)
    return text.getvalue().splitlines()


def test_a_log_gets_lines_with_the_time_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0)
    lines = logged(tmp_path)
    assert lines
    assert all(re.fullmatch(r"\d+/\d+, .+, seed 0: (.+ left( and .+)?|timing the first cells)", line) for line in lines)


def test_a_minute_passes_between_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LINE_EVERY_S", 10**6)
    assert logged(tmp_path) == []
