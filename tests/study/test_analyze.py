"""`analyze` and `compare`: on tables that are right, and on every way in which one can be wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gda_bench
from gda_bench.api import UserError
from gda_bench.report import Report
from gda_bench.report.predictions import FILE, read
from gda_bench.study.analyze import as_report
from gda_bench.study.compare import compare
from gda_bench.study.table import read_table

PLUGINS = Path(__file__).parents[1] / "plugins" / "fast.py"


def rows(rho: float = 0.25, seeds: int = 5, noise: float = 0.002) -> list[dict[str, Any]]:
    rng = np.random.default_rng(0)
    worth = {("real", n, 0): float(n) for n in (50, 100, 200, 400, 800, 1600)}
    worth |= {("mix", 200, m): 200 + rho * m for m in (200, 400, 800, 1600)}
    worth |= {("synthetic", 0, 800): 100.0, ("copy", 200, 800): 200.0, ("oracle", 200, 800): 1000.0}
    return [
        {"arm": arm, "n_real": n, "n_synth": m, "seed": s,
         "accuracy": round(0.97 - x**-0.5 + float(rng.normal(scale=noise)), 6), "n_test": 500}
        for (arm, n, m), x in worth.items()
        for s in range(seeds)
    ]  # fmt: skip


def csv(path: Path, table: list[dict[str, Any]]) -> Path:
    pd.DataFrame(table).to_csv(path, index=False)
    return path


def test_a_table_gives_what_it_was_made_from(tmp_path: Path) -> None:
    found = gda_bench.analyze(csv(tmp_path / "cells.csv", rows()))
    assert found.equivalence is not None
    assert (found.equivalence.n_real, found.equivalence.n_synth) == (200, 800), "the m/n nearest to 4"
    rate = found.equivalence.exchange_rate
    assert rate.estimate == pytest.approx(0.25, abs=0.08)
    assert rate.low is not None
    assert rate.low > 0
    assert found.equivalence.sentence.startswith("On cells.csv, adding 800 synthetic images to 200 real ones was worth")
    assert found.controls.copy_ is not None
    assert found.controls.copy_.passed
    assert found.tost
    assert any("with 500 test images" in w for w in found.warnings)


def test_frames_mappings_and_files_are_read_alike(tmp_path: Path) -> None:
    file = gda_bench.analyze(csv(tmp_path / "cells.csv", rows()))
    frame, mappings = gda_bench.analyze(pd.DataFrame(rows())), gda_bench.analyze(rows())
    assert frame == mappings
    assert frame.arms == file.arms


@pytest.mark.slow
def test_a_report_and_its_cells_csv_say_the_same(fast_run: Callable[..., list[Report]], tmp_path: Path) -> None:
    (report,) = fast_run()
    (path,) = tmp_path.glob("reports/*/cells.csv")
    found = gda_bench.analyze(path)
    assert found.equivalence is not None
    assert report.equivalence is not None
    assert found.equivalence.real_equivalent.estimate == report.equivalence.real_equivalent.estimate
    ours = {(a.arm, a.n_real, a.n_synth): a.mean for a in report.arms}
    assert {(a.arm, a.n_real, a.n_synth): a.mean for a in found.arms} == ours


def test_the_headline_can_be_chosen_and_must_be_there() -> None:
    found = gda_bench.analyze(rows(), n_synth=1600)
    assert found.equivalence is not None
    assert found.equivalence.n_synth == 1600
    with pytest.raises(UserError, match="no mix of 200 real and 77 synthetic images; m at that n: 200, 400, 800, 1600"):
        gda_bench.analyze(rows(), n_synth=77)


def test_several_base_sizes_are_each_compared_with_their_own() -> None:
    more = [{**r, "n_real": 400, "n_synth": 2 * r["n_synth"]} for r in rows() if r["arm"] == "mix"]
    found = gda_bench.analyze([*rows(), *more])
    bases = {a.n_real for a in found.arms if a.arm == "mix" and a.gain}
    assert bases == {200, 400}


WRONG = [
    (lambda t: [{k: v for k, v in r.items() if k != "n_synth"} for r in t], "no column 'n_synth'"),
    (lambda t: [{k: v for k, v in r.items() if k not in ("accuracy",)} for r in t], "no metric column"),
    (lambda t: [*t[:3], {**t[3], "accuracy": ""}, *t[4:]], "line 5: accuracy is '', not a number"),
    (lambda t: [*t[:3], {**t[3], "accuracy": "nan"}, *t[4:]], "line 5: accuracy is 'nan', not a number"),
    (lambda t: [{**r, "accuracy": 100 * r["accuracy"]} for r in t], "line 2: accuracy is .*divide by 100"),
    (lambda t: [*t, {**t[0], "accuracy": -0.1, "seed": 99}], "but metrics are fractions in"),
    (lambda t: [*t, t[0]], "the same arm, sizes and seed stand twice"),
    (lambda t: [{**t[0], "arm": "reel"}, *t[1:]], "line 2: unknown arm 'reel': did you mean real"),
    (lambda t: [{**t[0], "n_real": "many"}, *t[1:]], "line 2: n_real is 'many', not a whole number"),
    (lambda t: [{**t[0], "seed": 1.5}, *t[1:]], "line 2: seed is '1.5', not a whole number"),
    (lambda t: [{**t[0], "n_synth": 7}, *t[1:]], "a real arm has n_real > 0 and n_synth = 0"),
    (lambda t: [], "not CSV|holds no results|no column"),
]


@pytest.mark.parametrize(("change", "complaint"), WRONG)
def test_a_wrong_table_is_refused_in_one_line(tmp_path: Path, change: Any, complaint: str) -> None:
    with pytest.raises(UserError, match=complaint) as error:
        gda_bench.analyze(csv(tmp_path / "t.csv", change(rows())))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe", b"a,b\n1,2,3\n4\n", b'"arm\n', b"arm;n_real\nreal;3\n"])
def test_a_file_that_is_no_table_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(UserError) as error:
        read_table(tmp_path / "t.csv")
    assert "\n" not in str(error.value)


def test_limits_are_stated_where_a_number_would_look_fine() -> None:
    single = gda_bench.analyze(rows(seeds=1))
    assert single.equivalence is not None
    assert single.equivalence.verdict == "not-established"
    assert single.equivalence.exchange_rate.low is None
    assert any("no interval" in w for w in single.warnings)
    no_real = gda_bench.analyze([r for r in rows() if r["arm"] != "real"])
    assert no_real.equivalence is None
    assert any("No real curve" in w for w in no_real.warnings)
    one_size = gda_bench.analyze([r for r in rows() if r["arm"] != "real" or r["n_real"] == 200])
    assert one_size.equivalence is None
    no_controls = gda_bench.analyze([r for r in rows() if r["arm"] in ("real", "mix")])
    assert {"The control `copy` was not measured.", "The control `oracle` was not measured."} <= set(
        no_controls.warnings
    )


@given(st.lists(st.fixed_dictionaries({
    "arm": st.sampled_from(["real", "mix", "synthetic", "copy", "oracle", "x", ""]),
    "n_real": st.sampled_from([0, 1, 10, 20, 40, -1, 1.5, "a"]),
    "n_synth": st.sampled_from([0, 10, 40, "b"]),
    "seed": st.integers(0, 3),
    "accuracy": st.sampled_from([0.0, 0.5, 0.7, 0.9, 1.0, 93, float("nan"), "c", None]),
}), max_size=30))  # fmt: skip
def test_no_table_whatever_ends_in_anything_but_an_analysis_or_a_line(table: list[dict[str, Any]]) -> None:
    try:
        found = gda_bench.analyze(table)
    except UserError as error:
        complaint = str(error)
    else:
        complaint = ""
        as_report(found, "t").model_dump_json()
    assert "\n" not in complaint


@pytest.mark.slow
def test_two_reports_are_compared_on_the_seeds_they_share(
    fast_run: Callable[..., list[Report]], tmp_path: Path
) -> None:
    near, far = fast_run(generator=[f"{PLUGINS}:Jitter:sigma=5", f"{PLUGINS}:Jitter:sigma=120"], seeds=5)
    found = compare(near, far)
    assert found.seeds == 5
    means = [next(a.mean for a in r.arms if (a.arm, a.n_synth) == ("mix", 160)) for r in (near, far)]
    assert found.difference.estimate == pytest.approx(means[1] - means[0])
    assert found.difference.low is not None
    assert found.difference.low < found.difference.estimate
    same = compare(near, near)
    assert same.difference.estimate == 0
    assert "cannot be told apart" in same.sentence
    said = tuple(read(next((tmp_path / "reports").glob(f"*{r.study[:8]}/{FILE}"))) for r in (near, far))
    known = compare(near, far, said)  # type: ignore[arg-type]
    assert known.difference.estimate == found.difference.estimate
    assert known.difference.low is not None
    assert known.difference.low < found.difference.low, "the finite test set is a source of noise of its own"
    assert len(known.notes) == len(found.notes) - 1


def test_reports_on_other_data_are_not_compared(fast_run: Callable[..., list[Report]]) -> None:
    (report,) = fast_run(seeds=2)
    other = report.model_copy(update={"task": report.task.model_copy(update={"data_digest": "x"})})
    with pytest.raises(UserError, match="different data"):
        compare(report, other)
