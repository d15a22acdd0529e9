"""What ships in leaderboard/results stands on the rung that is written beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gda_leaderboard.entry import load_entry
from gda_leaderboard.verify import verify

RESULTS = Path(__file__).parents[2] / "leaderboard" / "results"


@pytest.mark.slow
def test_every_shipped_report_passes_the_checks_of_a_submission() -> None:
    if not RESULTS.is_dir():
        pytest.skip("no results ship yet")
    findings = verify(RESULTS)
    assert [f"{f.name}: {f.why}" for f in findings if f.rung is None] == []
    for found in findings:
        assert found.rung == load_entry(RESULTS / found.name).rung, found.name
