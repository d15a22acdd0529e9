"""A whole study through the public door, with components that take milliseconds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gda_bench.api import UserError
from gda_bench.report import Report

Run = Callable[..., list[Report]]
PLUGINS = Path(__file__).parents[1] / "plugins" / "fast.py"


def arms(report: Report, name: str) -> list[tuple[int, int]]:
    return sorted({(c.n_real, c.n_synth) for c in report.cells if c.arm == name})


def trainings(log: Path) -> int:
    return len(log.read_text().splitlines()) if log.exists() else 0


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "trainings.log"
    monkeypatch.setenv("GDA_TEST_LOG", str(path))
    return path


def test_a_study_has_all_its_arms_and_files(fast_run: Run, tmp_path: Path) -> None:
    (report,) = fast_run()
    assert arms(report, "real") == [(10, 0), (20, 0), (40, 0), (80, 0), (160, 0), (1297, 0)]
    assert arms(report, "mix") == [(40, m) for m in (40, 80, 160)]
    assert [m for _, m in arms(report, "synthetic")] == [40, 80, 160]
    assert arms(report, "copy") == arms(report, "oracle") == [(40, 160)]
    assert {c.seed for c in report.cells} == {0, 1, 2}
    assert all(c.status == "ok" for c in report.cells)
    (folder,) = (tmp_path / "reports").iterdir()
    assert folder.name == f"digits--Jitter--Centroid--{report.study[:8]}"
    files = {"report.json", "report.md", "report.html", "cells.csv", "predictions.npz", "figures"}
    assert files <= {p.name for p in folder.iterdir()}
    assert Report.load(folder / "report.json") == report


def test_controls_read_what_they_are_worth(fast_run: Run) -> None:
    (report,) = fast_run(seeds=5)
    copy, oracle = report.controls.copy_, report.controls.oracle
    assert copy is not None
    assert copy.passed
    assert oracle is not None
    assert oracle.passed
    assert abs(copy.exchange_rate.estimate) < 0.2
    assert oracle.exchange_rate.estimate > 0.4


def test_the_same_again_trains_nothing_and_says_the_same(fast_run: Run, log: Path) -> None:
    (first,) = fast_run()
    before = trainings(log)
    (again,) = fast_run()
    assert trainings(log) == before > 0
    assert again.model_copy(update={"created": first.created}) == first


def test_a_second_generator_reuses_every_real_and_control_cell(fast_run: Run, log: Path) -> None:
    fast_run()
    before = trainings(log)
    fast_run(generator=f"{PLUGINS}:Jitter:sigma=5")
    assert trainings(log) - before == 3 * (3 + 3 + 1), "only the mix and the synthetic arms and the embedding are new"


@pytest.mark.slow
def test_adding_seeds_keeps_the_cells_of_the_others(fast_run: Run, log: Path) -> None:
    (three,) = fast_run(seeds=3)
    before = trainings(log)
    (four,) = fast_run(seeds=4)
    assert trainings(log) - before == before / 3
    old = {c.key: c for c in three.cells}
    assert {c.key: c for c in four.cells if c.seed < 3} == old


@pytest.mark.slow
def test_workers_do_not_change_the_numbers(fast_run: Run, tmp_path: Path) -> None:
    (alone,) = fast_run(store=tmp_path / "a", workers=1)
    (together,) = fast_run(store=tmp_path / "b", workers=2)
    assert [(c.key, c.metrics) for c in alone.cells] == [(c.key, c.metrics) for c in together.cells]
    assert alone.equivalence == together.equivalence


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["always", "never"])
def test_policies_that_compute_again(fast_run: Run, log: Path, policy: str) -> None:
    (first,) = fast_run()
    before = trainings(log)
    (again,) = fast_run(policy=policy)
    assert trainings(log) == 2 * before
    assert [c.metrics for c in again.cells] == [c.metrics for c in first.cells]


def test_cache_only_computes_nothing_and_marks_what_is_missing(fast_run: Run, log: Path) -> None:
    fast_run(seeds=2)
    before = trainings(log)
    (report,) = fast_run(seeds=3, policy="cache-only")
    assert trainings(log) == before
    assert {c.status for c in report.cells if c.seed < 2} == {"ok"}
    assert {c.status for c in report.cells if c.seed == 2} == {"missing"}


def test_a_failing_generator_fails_its_own_cells_with_the_reason(fast_run: Run, tmp_path: Path) -> None:
    (report,) = fast_run(generator=f"{PLUGINS}:Crashing")
    failed = [c for c in report.cells if c.status == "failed" or c.error]
    assert {c.arm for c in failed} == {"mix", "synthetic"}
    assert {c.error for c in failed} == {"sample: RuntimeError: the sampler fell over"}
    assert report.real_curve is not None
    assert report.controls.copy_ is not None
    assert report.equivalence is None
    assert any("cells have no result" in w for w in report.warnings)
    kept = [json.loads(p.read_text()) for p in (tmp_path / "store" / "failures").iterdir()]
    assert {k["phase"] for k in kept} == {"sample"}
    assert len(kept) == 3


@pytest.mark.parametrize(
    ("generator", "classifier", "error"),
    [
        ("WrongShape", "Centroid", "sample returned uint8 (160, 4, 8, 1), wanted uint8 (160, 8, 8, 1)"),
        ("Jitter", "Lazy", "the classifier trained for 19 steps, its budget is 20"),
    ],
)
def test_broken_promises_are_failures(fast_run: Run, generator: str, classifier: str, error: str) -> None:
    (report,) = fast_run(generator=f"{PLUGINS}:{generator}", classifier=f"{PLUGINS}:{classifier}", seeds=1)
    assert any(error in str(c.error) for c in report.cells)


def test_only_controls_may_have_real_images_outside_the_n(fast_run: Run) -> None:
    with pytest.raises(UserError, match="Peeking asks for held-out real images, which only a control may have"):
        fast_run(generator=f"{PLUGINS}:Peeking")


@pytest.mark.slow
def test_a_failed_headline_is_not_replaced_by_a_smaller_one(fast_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from gda_bench.stages import TrainCell

    train = TrainCell.run

    def fail_at_the_headline(cell: TrainCell, *arguments: Any) -> Any:
        if cell.n_synth == 160 and cell.pool and cell.pool.fit.generator.name == "Jitter" and cell.n_real:
            raise RuntimeError("no luck")
        return train(cell, *arguments)

    monkeypatch.setattr(TrainCell, "run", fail_at_the_headline)
    (report,) = fast_run()
    assert {c.n_synth for c in report.cells if c.arm == "mix" and c.status == "ok"} == {40, 80}
    assert report.equivalence is None


def test_a_control_with_a_single_seed_is_not_judged(fast_run: Run) -> None:
    (report,) = fast_run(seeds=1)
    assert report.controls.copy_ is not None
    assert report.controls.copy_.passed is None
    assert any("`copy` has no interval and could not be judged" in w for w in report.warnings)


def test_a_generator_that_dies_takes_only_its_own_cells(fast_run: Run) -> None:
    (report,) = fast_run(generator=f"{PLUGINS}:Dying", workers=2, seeds=1)
    assert {c.status for c in report.cells if c.arm in ("real", "copy", "oracle")} == {"ok"}
    assert {c.error for c in report.cells if c.arm == "mix"} == {
        "fit: its process ended with exit code 9 and no answer"
    }


@pytest.mark.slow
def test_a_worker_that_dies_takes_only_its_own_cells(fast_run: Run) -> None:
    (report,) = fast_run(classifier=f"{PLUGINS}:Fatal", workers=2, seeds=1)
    (died,) = [c for c in report.cells if c.status != "ok"]
    assert (died.arm, died.n_real) == ("real", 10)
    assert died.error == "the worker process died, perhaps for lack of memory"


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_a_cell_computes_with_one_thread_and_the_caller_keeps_its_own(
    fast_run: Run, tmp_path: Path, workers: int
) -> None:
    import torch

    before = torch.get_num_threads()
    fast_run(generator=f"{PLUGINS}:Threads", workers=workers, seeds=1)
    records = [json.loads(p.read_text()) for p in (tmp_path / "store").glob("cells/*/*/record.json")]
    assert {r["notes"]["threads"] for r in records if "threads" in r["notes"]} == {1}
    assert torch.get_num_threads() == before


def test_subsets_are_nested_and_held_out_images_are_outside(tmp_path: Path) -> None:
    from gda_bench.registry import resolve
    from gda_bench.subsets import subset_counts
    from gda_bench.task_data import load_task, pool_labels

    data = load_task(resolve("tasks", "digits"), tmp_path)
    ids = {image.tobytes() for image in data.subset(100, 0).x}
    assert ids <= {image.tobytes() for image in data.subset(200, 0).x}
    labels = pool_labels(subset_counts(data.counts(data.train), 100), 400)
    held = data.held_out(100, 400, labels, 0)
    assert (held.y == labels).all()
    assert not ids & {image.tobytes() for image in held.x}
    test = {image.tobytes() for image in data.test.x}
    assert not test & ({image.tobytes() for image in held.x} | ids)


@pytest.mark.slow
def test_an_n_without_room_is_reduced_and_said(fast_run: Run) -> None:
    (report,) = fast_run(set={"n_real": 1000}, seeds=2)
    assert report.equivalence is not None
    assert report.equivalence.n_real == 324
    assert any("n is 324, not the profile's 1000" in w for w in report.warnings)


def test_epochs_are_possible_and_come_with_a_warning(fast_run: Run) -> None:
    (report,) = fast_run(set={"budget.unit": "epochs", "budget.amount": 1}, seeds=1)
    assert any("measures compute too" in w for w in report.warnings)


@pytest.mark.slow
def test_several_tasks_generators_and_classifiers_give_a_report_each(fast_run: Run) -> None:
    reports = fast_run(generator=[f"{PLUGINS}:Jitter", "gaussian"], seeds=1)
    assert [r.generator.name for r in reports] == ["Jitter", "gaussian"]
    assert reports[0].real_curve == reports[1].real_curve


@pytest.mark.slow
def test_the_report_tells_how_to_make_it_again(fast_run: Run) -> None:
    (report,) = fast_run(generator="gaussian:components=3", seeds=2)
    assert "--generator gaussian:components=3" in report.reproduce
    assert "--seeds 2" in report.reproduce
    assert "--set n_real=40" in report.reproduce.replace("'", "")


def test_a_missing_task_is_a_user_error() -> None:
    import gda_bench

    with pytest.raises(UserError, match="task is missing"):
        gda_bench.run(profile="quick")


@pytest.mark.slow
def test_memorised_share_of_the_jitter_is_high_and_of_held_out_images_low(fast_run: Run) -> None:
    (report,) = fast_run(generator=f"{PLUGINS}:Jitter:sigma=2")
    assert report.audit.memorised_fraction is not None
    assert report.audit.memorised_fraction > 0.95
    assert report.audit.memorised_baseline is not None
    assert report.audit.memorised_baseline < 0.05
    assert np.isfinite([p.ratio for p in report.audit.gallery]).all()
