"""`advise` as a person meets it."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gda_bench.__main__ import main

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
from sample_report import sample_report

from gda_bench.report.document import dumps
from gda_bench.report.model import CellRow, Report

N, SIZES, RATIOS = 200, (50, 100, 200, 400, 800, 1600), (0.5, 1, 2, 4, 8)


def truth(n: float) -> float:
    return 0.97 - 2.0 * n**-0.6


def known_report() -> Report:
    """Mixes worth n + n ln(1 + m/n) / ln 4, with little noise."""
    rng = np.random.default_rng(0)
    worth = {("real", n, 0): float(n) for n in SIZES}
    worth |= {("mix", N, round(N * r)): N + N * math.log1p(r) / math.log(4) for r in RATIOS}
    cells = [
        CellRow(
            arm=arm,  # type: ignore[arg-type]
            n_real=n,
            n_synth=m,
            seed=seed,
            status="ok",
            metrics={"accuracy": float(truth(w) + rng.normal(scale=0.001))},
            key="0",
        )
        for (arm, n, m), w in worth.items()
        for seed in range(3)
    ]
    return sample_report(cells=cells)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "report.json"
    path.write_text(dumps(known_report()), encoding="utf-8")
    return path


def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str, code: int = 0
) -> tuple[str, str]:
    monkeypatch.setattr(sys, "argv", ["gda-bench", "advise", *arguments])
    with pytest.raises(SystemExit) as exit_:
        main()
    out, err = capsys.readouterr()
    assert (exit_.value.code or 0) == code, err
    return out, err


def test_the_cheapest_mix_is_that_of_the_known_law(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    prices = ["--cost-real", "1", "--cost-synthetic", "0.001"]
    target = truth(N + N * math.log1p(4) / math.log(4))  # what m = 800 gives
    out, err = run(capsys, monkeypatch, str(path), *prices, "--target", str(target), "--json")
    assert err == ""
    advice: dict[str, Any] = json.loads(out)
    assert advice["law"] == "log"
    assert advice["mixes"]["any"]["extra_real"] == 0
    assert advice["mixes"]["any"]["n_synth"] == pytest.approx(800, rel=0.1)
    assert advice["mixes"]["real"]["extra_real"] == pytest.approx(232, rel=0.1)
    assert advice["mixes"]["any"]["metric"]["low"] < target < advice["mixes"]["any"]["metric"]["high"]


def test_the_table_names_all_ways_and_what_they_rest_on(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    for aim in (["--target", "0.9"], ["--budget", "50"]):
        out, _ = run(capsys, monkeypatch, str(path), "--cost-real", "1", "--cost-synthetic", "0.1", *aim)
        for said in ("both", "real images only", "synthetic images only", "assumed to hold in m/n"):
            assert said in out
        assert ("chance" in out) == (aim[0] == "--target")


def test_where_none_reaches_the_target_it_says_so_and_is_no_error(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ["--cost-real", "1", "--cost-synthetic", "0.1", "--target", "0.999"]
    out, _ = run(capsys, monkeypatch, str(path), *options)
    assert "None reaches accuracy 0.999" in " ".join(out.split())
    assert json.loads(run(capsys, monkeypatch, str(path), *options, "--json")[0])["mixes"]["any"] is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--cost-synthetic", "1", "--target", "0.9"], "--cost-real is missing"),
        (["--cost-real", "1", "--target", "0.9"], "--cost-synthetic is missing"),
        (["--cost-real", "1", "--target", "0.9"], "s a fit on cpu"),
        (["--cost-real", "1", "--cost-synthetic", "1"], "either --target"),
        (["--cost-real", "1", "--cost-synthetic", "1", "--target", "0.9", "--budget", "1"], "either --target"),
        (["--cost-real", "-1", "--cost-synthetic", "1", "--target", "0.9"], "--cost-real -1 must be"),
        (["--cost-real", "nan", "--cost-synthetic", "1", "--target", "0.9"], "--cost-real nan must be"),
        (["--cost-real", "1", "--cost-synthetic", "1", "--target", "95"], "lies between 0 and 1"),
    ],
)
def test_bad_input_is_one_line(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, options: list[str], said: str
) -> None:
    out, err = run(capsys, monkeypatch, str(path), *options, code=2)
    assert out == ""
    (line,) = err.strip().splitlines()
    assert said in line


def test_a_report_that_allows_no_law_is_refused_with_the_reason(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = [c for c in known_report().cells if c.arm == "real"]
    path.write_text(dumps(sample_report(cells=cells)), encoding="utf-8")
    options = ["--cost-real", "1", "--cost-synthetic", "1", "--target", "0.9"]
    _, err = run(capsys, monkeypatch, str(path), *options, code=2)
    assert "0 mix arms" in err
