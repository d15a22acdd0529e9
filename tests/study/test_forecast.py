"""What a plan says of the time: from cells like those to come, side by side, in the order in which they can run."""

from __future__ import annotations

from pathlib import Path

import pytest

from gda_bench.registry import resolve
from gda_bench.stages import Cell, FitCell, PoolCell, TrainCell
from gda_bench.study.forecast import Forecast

FIT_S, POOL_S, TRAIN_S = 60.0, 10.0, 5.0


def study(seeds: int) -> list[Cell]:
    """Fits, their pools, and three trainings a seed of which one needs no pool."""
    task, generator = resolve("tasks", "digits"), resolve("generators", "gaussian")
    classifier, protocol = resolve("classifiers", "cnn"), resolve("protocols", "concat")
    cells: list[Cell] = []
    for seed in range(seeds):
        fit = FitCell(task, "d", seed, generator, 20)
        pool = PoolCell.of(fit, 40)
        real = TrainCell(task, "d", seed, classifier, protocol, 20, 30, 8)
        mixes = [TrainCell(task, "d", seed, classifier, protocol, 20, 30, 8, pool, m) for m in (20, 40)]
        cells += [fit, pool, real, *mixes]
    return cells


@pytest.fixture
def forecast() -> Forecast:
    known = Forecast("cpu")
    for cell in study(1):
        known.learn(cell, {"fit": FIT_S, "pool": POOL_S, "train": TRAIN_S}[cell.stage])
    return known


def test_one_worker_takes_the_sum(forecast: Forecast) -> None:
    cells = study(3)
    assert forecast.makespan(cells, 1) == pytest.approx(forecast.total(cells)[0]) == 3 * (60 + 10 + 15)


def test_a_chain_is_no_faster_on_many_workers(forecast: Forecast) -> None:
    assert forecast.makespan(study(1), 8) == FIT_S + POOL_S + TRAIN_S


def test_two_workers_share_two_seeds(forecast: Forecast) -> None:
    assert forecast.makespan(study(2), 2) == pytest.approx(60 + 10 + 15)


def test_nothing_to_run_takes_no_time(forecast: Forecast) -> None:
    assert forecast.makespan([], 2) == 0


def test_what_never_ran_counts_nothing(tmp_path: Path) -> None:
    empty = Forecast("cpu")
    assert empty.makespan(study(2), 2) == 0
    assert empty.total(study(2)) == (0, len(study(2)))
