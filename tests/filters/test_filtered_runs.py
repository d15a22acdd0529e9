"""Filters through the public door: m counts samples drawn, arms train on those kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gda_bench.api import UserError
from gda_bench.report import Report

Run = Callable[..., list[Report]]
PLUGINS = Path(__file__).parents[1] / "plugins"


def kept(report: Report) -> dict[tuple[str, int, int], int | None]:
    return {(c.arm, c.n_synth, c.seed): c.n_kept for c in report.cells}


@pytest.mark.slow
def test_arms_train_on_what_is_kept_of_the_first_m(fast_run: Run) -> None:
    (report,) = fast_run(filter=f"{PLUGINS / 'filters.py'}:Spy")
    assert all(c.status == "ok" for c in report.cells)
    filtered = {(arm, m): n for (arm, m, _), n in kept(report).items() if arm in ("mix", "synthetic")}
    assert {("mix", 40), ("mix", 160), ("synthetic", 160)} <= filtered.keys()
    assert all(n == m / 2 for (_, m), n in filtered.items())
    assert {n for (arm, _, _), n in kept(report).items() if arm in ("real", "copy", "oracle")} == {None}
    assert report.audit.filter_kept is not None
    assert report.audit.filter_kept.kept_per_seed == [0.5, 0.5, 0.5]
    assert report.audit.filter_kept.uses == "the shapes of everything"


def test_a_filter_changes_its_own_arms_only(fast_run: Run) -> None:
    (plain,) = fast_run(seeds=1)
    (filtered,) = fast_run(seeds=1, filter="confidence")
    keys = [{c.key for c in r.cells if c.arm in ("real", "copy", "oracle")} for r in (plain, filtered)]
    assert keys[0] == keys[1]
    assert not {c.key for c in plain.cells if c.arm == "mix"} & {c.key for c in filtered.cells if c.arm == "mix"}
    assert plain.audit.filter_kept is None
    assert plain.audit.model_copy(update={"filter_kept": filtered.audit.filter_kept, "gap": filtered.audit.gap}) == (
        filtered.audit
    ), "the audit is of the pool, whatever is filtered from it"


@pytest.mark.parametrize("name", ["realism", "class-realism", "confidence", "overlap"])
def test_every_filter_runs_on_default_features_and_says_what_it_uses(fast_run: Run, name: str) -> None:
    (report,) = fast_run(seeds=1, filter=name)
    assert all(c.status == "ok" for c in report.cells)
    assert report.audit.filter_kept is not None
    assert 0 < report.audit.filter_kept.kept_fraction <= 1
    assert "n real images" in report.audit.filter_kept.uses
    assert report.filter.name == name


@pytest.mark.slow
def test_more_goes_of_a_bad_generator_than_of_a_good_one(fast_run: Run) -> None:
    shares = {}
    for sigma in (5, 120):
        (report,) = fast_run(seeds=1, filter="overlap", generator=f"{PLUGINS / 'fast.py'}:Jitter:sigma={sigma}")
        assert report.audit.filter_kept is not None
        shares[sigma] = report.audit.filter_kept.kept_fraction
    assert shares[5] > 0.9
    assert shares[120] < shares[5] - 0.2


def test_where_nothing_is_kept_the_mix_is_the_real_images_and_synthetic_only_fails(fast_run: Run) -> None:
    (report,) = fast_run(seeds=1, filter=f"{PLUGINS / 'filters.py'}:Nothing")
    mix = [c for c in report.cells if c.arm == "mix"]
    assert {(c.status, c.n_kept) for c in mix} == {("ok", 0)}
    (alone,) = [c for c in report.cells if c.arm == "synthetic" and c.n_synth == 160]
    assert alone.status == "failed"
    assert alone.error == (
        "train: ValueError: the filter Nothing kept none of 160 samples, and this arm has no real images"
    )
    assert report.audit.filter_kept is not None
    assert report.audit.filter_kept.kept_fraction == 0


def test_a_filter_that_breaks_its_promise_is_a_failure(fast_run: Run) -> None:
    (report,) = fast_run(seeds=1, filter=f"{PLUGINS / 'filters.py'}:Twice")
    assert {c.error for c in report.cells if c.arm == "mix" and c.n_synth == 40} == {
        "train: ValueError: the filter Twice must return int64 positions below 40, none twice"
    }


@pytest.mark.slow
def test_a_filter_without_a_view_needs_no_embedding_and_one_with_a_view_shares_the_audits(
    fast_run: Run, tmp_path: Path
) -> None:
    def preimages(stage: str) -> list[dict[str, object]]:
        records = (json.loads(p.read_text())["preimage"] for p in (tmp_path / "store").glob("cells/*/*/record.json"))
        return [r for r in records if r["stage"] == stage]

    fast_run(seeds=2)
    assert not any("embed" in r for r in preimages("train"))
    assert len(preimages("embed")) == 2
    (report,) = fast_run(seeds=2, filter="realism")
    filtered = [c for c in report.cells if c.arm in ("mix", "synthetic")]
    assert sum("embed" in r for r in preimages("train")) == len(filtered) > 0
    assert len(preimages("embed")) == 2, "one a pool, for every filter and the audit"


def test_a_protocol_that_fixes_the_number_of_samples_takes_no_filter(fast_run: Run) -> None:
    with pytest.raises(UserError, match="protocol replace fixes how many samples are trained on"):
        fast_run(protocol="replace", filter="confidence")
