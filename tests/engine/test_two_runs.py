"""Two runs on one store at the same time: each cell is computed by one of them, and the other reuses it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gda_bench.stages import TrainCell
from gda_bench.study.request import make_request
from gda_bench.study.session import open_session

FAST = Path(__file__).parents[1] / "plugins" / "fast.py"


def test_a_cell_that_both_begin_is_computed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GDA_TEST_LOG", str(tmp_path / "log"))
    monkeypatch.setenv("GDA_TEST_DELAY", "0.3")
    request = make_request({
        "task": "digits", "generator": f"{FAST}:Jitter", "classifier": f"{FAST}:Centroid", "seeds": 1,
        "set": {"n_real": 40, "budget.amount": 20}, "store": tmp_path / "store", "out": tmp_path / "out",
    })  # fmt: skip
    with open_session(request) as session, ThreadPoolExecutor(2) as pool:
        cells = [cell for cell in session.cells() if isinstance(cell, TrainCell) and not cell.needs][:3]
        for cell in cells:
            outcomes = list(pool.map(session.worker.run, [cell, cell]))
            assert sorted(outcome.status for outcome in outcomes) == ["computed", "reused"]
    assert len((tmp_path / "log").read_text().splitlines()) == len(cells) == 3
