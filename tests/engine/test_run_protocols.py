"""Protocols through the public door: budgets, shared cells, refusals, plugins, and what the report says."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gda_bench.api import Batches, UserError
from gda_bench.registry import BUILTIN, listed, resolve
from gda_bench.report import Report
from gda_bench.study import standing

Run = Callable[..., list[Report]]

ROUGH = '''
from gda_bench.api import Draw, Phase, Protocol


class Rough(Protocol):
    """A tenth of the real images, and all synthetic ones; the rest is wasted."""

    def __init__(self, *, keep: float = 0.1) -> None:
        self.keep = keep

    def phases(self, real, synthetic, y, steps):
        return [Phase(steps, [Draw(real[: round(self.keep * len(real))], 0.95), Draw(synthetic[:1], 0.05)])]
'''


@pytest.fixture
def rough(tmp_path: Path) -> Path:
    path = tmp_path / "rough.py"
    path.write_text(ROUGH)
    return path


def places(report: Report, *arms: str) -> dict[tuple[str, int, int, int], str]:
    return {(c.arm, c.n_real, c.n_synth, c.seed): c.key for c in report.cells if c.arm in arms}


def test_every_protocol_and_arm_takes_exactly_the_budget(fast_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    from gda_bench.stages import TrainCell

    taken: dict[str, int] = {}
    step, train = torch.optim.AdamW.step, TrainCell.run
    running: list[str] = []

    def count(optimizer: Any, *arguments: Any, **options: Any) -> Any:
        if running:  # the classifier that audits look through trains outside of every arm
            taken[running[-1]] = taken.get(running[-1], 0) + 1
        return step(optimizer, *arguments, **options)

    def watch(cell: TrainCell, *arguments: Any) -> Any:
        running.append(cell.key)
        try:
            return train(cell, *arguments)
        finally:
            running.pop()

    monkeypatch.setattr(torch.optim.AdamW, "step", count)
    monkeypatch.setattr(TrainCell, "run", watch)
    arms = set()
    small = {"budget.amount": 9, "n_real": 20, "mix_ratios": [4], "real_multiples": [1, 2], "whole_split": False}
    small["synthetic_ratios"] = [4]
    for name in BUILTIN["protocols"]:
        (report,) = fast_run(protocol=name, classifier="cnn:width=4", seeds=1, set=small)
        assert all(c.status == "ok" for c in report.cells)
        arms |= {(name if c.arm in ("mix", "copy", "oracle") else "", c.arm, c.key) for c in report.cells}
    assert {key: 9 for _, _, key in arms} == taken, "each once, with the whole budget and no more"
    assert len(arms) == 3 + 3 * len(BUILTIN["protocols"])


def test_protocols_share_real_and_synthetic_cells_and_the_curve(fast_run: Run) -> None:
    (plain,), (other,) = fast_run(seeds=2), fast_run(seeds=2, protocol="ratio")
    assert places(plain, "real", "synthetic") == places(other, "real", "synthetic")
    assert not set(places(plain, "mix", "copy", "oracle").values()) & set(
        places(other, "mix", "copy", "oracle").values()
    )
    assert plain.real_curve is not None
    assert other.real_curve is not None
    assert plain.real_curve.points == other.real_curve.points


@pytest.mark.parametrize(
    ("protocol", "ignored"), [("weighted", "weights"), ("progressive", "phases"), ("pretrain-finetune", "phases")]
)
def test_a_classifier_that_would_ignore_a_protocol_is_refused_before_any_work(
    fast_run: Run, tmp_path: Path, protocol: str, ignored: str
) -> None:
    with pytest.raises(UserError, match=f"^protocol {protocol} cannot train Centroid, .* heed the {ignored} .*$"):
        fast_run(protocol=protocol)
    assert not (tmp_path / "store").exists()


@pytest.mark.slow
def test_without_its_real_images_an_arm_is_worth_what_replaces_them(fast_run: Run) -> None:
    (report,) = fast_run(protocol="synthetic-only", seeds=5)
    copy, oracle, found = report.controls.copy_, report.controls.oracle, report.equivalence
    assert copy is not None
    assert (copy.expected, copy.passed) == (0.25, True), "160 copies of 40 images are 40 images"
    assert oracle is not None
    assert (oracle.expected, oracle.passed) == (1, True)
    assert found is not None
    assert found.exchange_rate.estimate == pytest.approx(found.real_equivalent.estimate / 160)
    assert "to 0 real ones" in found.sentence


@pytest.mark.slow
def test_replacing_keeps_n_images_and_counts_those_it_put_in(fast_run: Run) -> None:
    (report,) = fast_run(protocol="replace", seeds=2)
    rows = {row.n_synth: row for row in report.arms if row.arm == "mix"}
    for m, k in ((40, 20), (80, 27), (160, 32)):
        rate, equivalent = rows[m].exchange_rate, rows[m].real_equivalent
        assert rate is not None
        assert equivalent is not None
        assert rate.estimate == pytest.approx((equivalent.estimate - (40 - k)) / k)
    assert report.controls.copy_ is not None
    assert report.controls.copy_.expected == pytest.approx(32 / 40)


@pytest.mark.slow
def test_where_kinds_are_treated_apart_the_oracle_is_a_ceiling(fast_run: Run) -> None:
    (report,) = fast_run(protocol="ratio:synthetic=0.3")
    assert report.protocol.params == {"synthetic": 0.3}
    assert "--protocol ratio:synthetic=0.3" in report.reproduce
    assert report.controls.oracle is not None
    assert (report.controls.oracle.expected, report.controls.oracle.passed) == (None, None)
    assert any("`oracle` has no known answer under the protocol `ratio`" in w for w in report.warnings)
    assert report.controls.copy_ is not None
    assert (report.controls.copy_.expected, report.controls.copy_.passed) == (0, True)


@pytest.mark.slow
def test_a_copy_that_does_not_come_out_at_0_tells_of_the_schedule(fast_run: Run, rough: Path) -> None:
    (report,) = fast_run(protocol="./rough.py:Rough:keep=0.25", seeds=5)
    assert report.controls.copy_ is not None
    assert report.controls.copy_.passed is None, "the layout is at fault, not the harness"
    said = [w for w in report.warnings if "`copy`" in w]
    assert said == [
        "The control `copy` adds no image and its interval excludes 0: the protocol `Rough` moves the score by its "
        "schedule alone, which is part of every exchange rate here."
    ]
    assert report.protocol.file_digest
    assert "--protocol" in report.reproduce


def test_a_local_protocol_counts_by_its_content(rough: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved.py"
    moved.write_text(ROUGH)
    assert resolve("protocols", f"{rough}:Rough").identity() == resolve("protocols", f"{moved}:Rough").identity()
    moved.write_text(ROUGH.replace("0.95", "0.9").replace("0.05", "0.1"))
    assert resolve("protocols", f"{rough}:Rough").identity() != resolve("protocols", f"{moved}:Rough").identity()


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The protocol as a distribution of a single module, as an installer would leave it."""
    info = tmp_path / "site" / "other_rough-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other-rough\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[gda_bench.protocols]\nrough = other_rough:Rough\n")
    (info.parent / "other_rough.py").write_text(ROUGH)
    monkeypatch.syspath_prepend(str(info.parent))
    monkeypatch.delitem(sys.modules, "other_rough", raising=False)
    return info.parent / "other_rough.py"


def test_an_installed_protocol_is_found_by_its_name(installed: Path) -> None:
    assert resolve("protocols", "rough:keep=0.5").params == {"keep": 0.5}
    assert [(row.door, row.error) for row in listed("protocols") if row.name == "rough"] == [("other-rough", None)]


def test_a_report_by_an_installed_protocol_stands_until_its_code_changes(
    fast_run: Run, installed: Path, tmp_path: Path
) -> None:
    def written() -> int:
        fast_run(protocol="rough", seeds=1)
        (path,) = (tmp_path / "reports").glob("*/report.json")
        return path.stat().st_mtime_ns

    first = written()
    assert written() == first
    installed.write_text(f"{ROUGH}\n")
    standing._code.cache_clear()
    assert written() > first


def test_epochs_are_those_of_the_images_that_are_used(fast_run: Run) -> None:
    steps: dict[int, int] = {}
    taken = Batches.__len__

    def note(batches: Batches) -> int:
        return steps.setdefault(len(batches.x), taken(batches))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Batches, "__len__", note)
        fast_run(protocol="replace", seeds=1, set={"budget.unit": "epochs", "budget.amount": 4, "batch_size": 10})
    assert steps[40 + 160] == steps[40] == 16


def test_defaults_that_are_lists_are_not_told_again(fast_run: Run) -> None:
    (report,) = fast_run(protocol="progressive", classifier="cnn:width=4", seeds=1, set={"budget.amount": 4})
    assert report.reproduce.count("progressive") == 1
    assert "fractions" not in report.reproduce
