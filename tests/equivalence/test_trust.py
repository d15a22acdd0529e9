"""A report distrusts an interval where the committed simulation shows too little coverage, or shows nothing."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from gda_bench.equivalence.exchange import Exchange
from gda_bench.equivalence.grid import ArmId, Grid, Observation
from gda_bench.equivalence.trust import HELD, doubts

SIMULATIONS = Path(__file__).parents[2] / "benchmark" / "simulations"
sys.path.insert(0, str(SIMULATIONS))
from coverage import M, N, Setting, study  # noqa: E402

LEAST = 92.0
"""93 % was promised; a point for the table's own error."""
HEADLINE = ArmId("mix", N, M)
CEILING = "to the ceiling"


def table() -> list[tuple[Setting, float]]:
    lines = (SIMULATIONS / "coverage.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| ")][1:]
    return [
        (
            Setting(curve, noise, 0 if tested == "all" else int(tested), int(seeds), float(rate)),
            float(covered.replace("(wide)", "").replace("*", "")),
        )
        for curve, noise, tested, seeds, rate, covered, *_ in rows
    ]


def test_the_table_has_the_promised_settings() -> None:
    settings = [setting for setting, _ in table()]
    assert {s.rate for s in settings} == {-0.1, 0, 0.1, 0.5, 1}
    assert {s.seeds for s in settings} == {3, 5}
    assert {s.noise for s in settings} == {"equal", "unequal"}
    assert len(settings) >= 120


def test_the_sentence_names_the_coverage_that_the_table_shows() -> None:
    short = [covered for s, covered in table() if covered < LEAST and s.curve != CEILING]
    assert f"{round(min(short))} to {round(max(short))}" == HELD


def test_the_ceiling_is_distrusted_for_what_the_table_shows() -> None:
    near_0 = [covered for s, covered in table() if s.curve == CEILING and abs(s.rate) <= 0.1]
    assert len(near_0) == 12
    assert min(near_0) < LEAST - 2


@pytest.mark.parametrize(("setting", "covered"), table(), ids=lambda v: str(v)[8:70] if isinstance(v, Setting) else "")
def test_an_interval_that_falls_short_is_distrusted(setting: Setting, covered: float) -> None:
    grid, influences = study(setting, np.random.default_rng(0))
    found = list(doubts(Exchange(grid, influences or None), HEADLINE, setting.n_test or None))
    assert found or covered >= LEAST
    if setting.seeds == 5:
        assert bool(found) == (setting.curve == CEILING), "five seeds were shown to be enough, but near the ceiling"


def grid(seeds: int, best: float = 0.9, sizes: int = 5) -> Grid:
    arms = {ArmId("real", 100 * 2**i, 0): best - 0.02 * (sizes - 1 - i) for i in range(sizes)}
    arms[ArmId("mix", 200, 800)] = best - 0.01
    noise = np.random.default_rng(0)
    return Grid(Observation(a, s, mean + noise.normal(0, 0.002)) for a, mean in arms.items() for s in range(seeds))


@pytest.mark.parametrize(
    ("observed", "n_test", "why"),
    [
        (grid(2), None, "rests on 2 seeds"),
        (grid(5, sizes=3), None, "the real curve has 3 sizes"),
        (grid(5), 100, "the test split has 100 images"),
        (grid(5, best=0.996), 500, "only 2 of 500 test images are left to get wrong"),
    ],
)
def test_what_was_never_simulated_is_distrusted(observed: Grid, n_test: int | None, why: str) -> None:
    (found,) = doubts(Exchange(observed), ArmId("mix", 200, 800), n_test)
    assert why in found
