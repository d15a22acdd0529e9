"""Seeds are added until the exchange rate is known as well as was asked, and no longer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gda_bench.api import UserError
from gda_bench.equivalence.exchange import Bounds
from gda_bench.equivalence.noise import Spread
from gda_bench.equivalence.precision import seeds_wanted
from gda_bench.report import Report

Run = Callable[..., list[Report]]


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "log"
    monkeypatch.setenv("GDA_TEST_LOG", str(path))
    return path


def width(report: Report) -> float:
    assert report.equivalence is not None
    rate = report.equivalence.exchange_rate
    assert rate.low is not None
    assert rate.high is not None
    return rate.high - rate.low


def asked(report: Report) -> list[str]:
    return [warning for warning in report.warnings if "was to be" in warning]


@pytest.mark.slow
def test_a_study_ends_as_soon_as_it_is_sharp(fast_run: Run, log: Path) -> None:
    (blunt,) = fast_run(seeds=3)
    trained = len(log.read_text().splitlines())
    (same,) = fast_run(seeds=3, set={"adaptive.width": 2 * width(blunt)})
    assert same.profile.settings["seeds"] == 3
    assert not asked(same)
    assert len(log.read_text().splitlines()) == trained, "nothing more was needed"

    goal = 0.8 * width(blunt)
    (sharp,) = fast_run(seeds=3, set={"adaptive.width": goal, "adaptive.most_seeds": 12})
    seeds = sharp.profile.settings["seeds"]
    assert 3 < seeds <= 12
    assert width(sharp) <= goal or asked(sharp)
    assert sharp.profile.settings["adaptive"]["first_seeds"] == 3
    assert any(f"from 3 to {seeds}" in warning for warning in sharp.warnings), "a reader learns that somebody looked"
    assert not any("after looking" in warning for warning in same.warnings)
    assert {cell.seed for cell in sharp.cells} == set(range(seeds))
    first = [(cell.key, cell.metrics) for cell in sharp.cells if cell.seed < 3]
    assert first == [(cell.key, cell.metrics) for cell in blunt.cells], "the first seeds are what they were"


@pytest.mark.slow
def test_the_same_again_trains_nothing_and_the_report_says_how_it_came_about(fast_run: Run, log: Path) -> None:
    options: dict[str, Any] = {"set": {"adaptive.width": 1e-4, "adaptive.most_seeds": 5}}
    (report,) = fast_run(seeds=3, **options)
    trained = len(log.read_text().splitlines())
    (again,) = fast_run(seeds=3, **options)
    assert len(log.read_text().splitlines()) == trained
    assert again.cells == report.cells
    (warning,) = asked(report)
    assert warning.startswith("The interval of the exchange rate was to be 0.0001 long at most and is 0.")
    assert "--set 'adaptive={first_seeds: 3, most_seeds: 5, width: 0.0001}'" in report.reproduce


def test_a_single_seed_becomes_three_before_it_is_judged(fast_run: Run) -> None:
    (report,) = fast_run(seeds=1, set={"adaptive.width": 1e9, "adaptive.most_seeds": 9})
    assert report.profile.settings["seeds"] == 3


def test_no_seeds_are_spent_on_a_study_that_fails(fast_run: Run) -> None:
    plugins = Path(__file__).parents[1] / "plugins" / "fast.py"
    (report,) = fast_run(generator=f"{plugins}:Crashing", seeds=3, set={"adaptive.width": 1e-4})
    assert report.profile.settings["seeds"] == 3
    assert any(cell.status == "failed" for cell in report.cells)


@pytest.mark.parametrize(
    ("setting", "said"),
    [({"adaptive.width": 0}, "adaptive.width"), ({"adaptive.width": 1, "adaptive.most": 9}, "most_seeds")],
)
def test_a_wish_that_makes_no_sense_is_refused(fast_run: Run, setting: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        fast_run(set=setting)


@st.composite
def rates(draw: st.DrawFn) -> Bounds:
    """An interval that is closed, open at its end, or of an estimate beyond the curve."""
    ends = draw(st.sampled_from(["closed", "open", "above"]))
    high = 0.1 + draw(st.floats(0.01, 10)) if ends == "closed" else None
    return Bounds(0.1, 0.1, high, "above" if ends == "above" else None)


@given(
    rate=rates(),
    share=st.floats(0, 1),
    seeds=st.integers(3, 40),
    width=st.floats(0.01, 10),
    most=st.integers(3, 40),
)
def test_seeds_only_grow_and_stay_within_what_is_allowed(
    rate: Bounds, share: float, seeds: int, width: float, most: int
) -> None:
    spread = Spread(np.ones(1), np.full(1, share), np.full(1, 20.0))
    wanted = seeds_wanted(rate, spread, seeds, width=width, most=most)
    assert seeds <= wanted <= max(seeds, min(most, 2 * seeds))
    if rate.censored:
        assert wanted == seeds, "beyond the curve no number of seeds helps"
    elif rate.low is not None and rate.high is not None:
        length = rate.high - rate.low
        if length <= width:
            assert wanted == seeds, "it is short enough"
        if share * length**2 > 1.001 * width**2:
            assert wanted == seeds, "more seeds do not make a test set larger"
    elif seeds < most:
        assert wanted > seeds, "an open end may close"
