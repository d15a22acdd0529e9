"""Every parser, on files that went wrong: what it cannot read it refuses in one line, and never otherwise."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from damage import damaged_bytes, damaged_document, damaged_text
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gda_bench.api import TaskInfo, UserError
from gda_bench.api.npz import promises
from gda_bench.registry import split_spec
from gda_bench.report import loads
from gda_bench.report.predictions import Predictions, read, to_bytes
from gda_bench.store import Record, Store
from gda_bench.study.profile import load_profile, parse_settings
from gda_bench.study.request import make_request
from gda_bench.study.table import read_table
from gda_generators.folder import read_npz
from gda_leaderboard.entry import VERIFIED, read_verified
from gda_leaderboard.suite import find_suite, suites
from gda_tasks import groups_csv, idx, label_table, medmnist_file
from gda_tasks.medmnist_catalog import published

ROOT = Path(__file__).parents[2]
REPORT = next((ROOT / "leaderboard/results").glob("*/*/report.json"))
SUITE = (ROOT / "leaderboard/gda_leaderboard/suites/v1.yaml").read_text()
CONFIG = (
    "task: [digits, medmnist/breastmnist]\ngenerator: edm:steps=400\nseeds: 5\nset: {n_real: 100, budget.amount: 20}\n"
)
TABLE = (
    "arm,n_real,n_synth,seed,accuracy\nreal,100,0,0,0.80\nreal,100,0,1,0.81\nmix,100,200,0,0.84\nmix,100,200,1,0.86\n"
)
LABELS = 'file,label,patient\n"a b.png",yes,p1\nc.dcm,no,p2\nscan.nii:3,no,p2\n'

once = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
"""The folder of an example is that of the one before, and each writes its file anew."""


def tried(parse: Callable[[], Any], refused: type[Exception] = UserError) -> Any:
    """What was read; None where it was refused, in one line."""
    try:
        return parse()
    except refused as refusal:
        said = str(refusal)
    assert said.strip(), "a refusal says why"
    assert len(said.splitlines()) == 1, f"more than one line: {said!r}"
    return None


def saved(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    return path


@given(damaged_text("edm:steps=400,schedule=[1, 2],name='x',lr=1e-3"))
def test_a_component_on_the_command_line(text: str) -> None:
    if found := tried(lambda: split_spec(text)):
        assert found[0], "a component has a name"


@given(damaged_text("n_real=100"), damaged_text("budget.amount=20"))
def test_settings_on_the_command_line(first: str, second: str) -> None:
    if found := tried(lambda: parse_settings([first, second])):
        tried(lambda: load_profile("quick", found))


@once
@given(text=damaged_text(CONFIG))
def test_an_experiment_file(tmp_path: Path, text: str) -> None:
    tried(lambda: make_request({}, saved(tmp_path / "experiment.yaml", text)))


@once
@given(text=damaged_text(TABLE))
def test_a_table_of_results(tmp_path: Path, text: str) -> None:
    if (found := tried(lambda: read_table(saved(tmp_path / "cells.csv", text)))) is not None:
        assert len(found)


@once
@given(text=damaged_text(LABELS))
def test_a_table_of_labels(tmp_path: Path, text: str) -> None:
    tried(lambda: label_table.read_rows(saved(tmp_path / "labels.csv", text), tmp_path))


@once
@given(text=damaged_text("file,group\nyes/a.png,p1\nno/b.png,p2\n"))
def test_a_table_of_groups(tmp_path: Path, text: str) -> None:
    saved(tmp_path / "groups.csv", text)
    tried(lambda: groups_csv.read(tmp_path, [tmp_path / "yes" / "a.png", tmp_path / "no" / "b.png"]))


@given(damaged_text(REPORT.read_text()))
def test_a_report_with_odd_characters(text: str) -> None:
    tried(lambda: loads(text))


@given(damaged_document(REPORT.read_text()))
def test_a_report_with_odd_values(text: str) -> None:
    tried(lambda: loads(text))


@once
@given(text=st.one_of(damaged_text(SUITE), st.just(SUITE)))
def test_a_suite(tmp_path: Path, text: str) -> None:
    saved(tmp_path / "v1.yaml", text)
    suites.cache_clear()
    tried(lambda: find_suite("v1", tmp_path))


@once
@given(content=damaged_bytes(next(REPORT.parent.parent.glob("*/verified.json")).read_bytes()))
def test_what_the_checks_said(tmp_path: Path, content: bytes) -> None:
    saved(tmp_path / VERIFIED, content)
    assert read_verified(tmp_path) is None or read_verified(tmp_path).rung  # type: ignore[union-attr]


def predictions() -> bytes:
    said = np.array([[0, 1, 2, 1], [0, 1, 1, 1]], np.uint8)
    proba = np.full((2, 4, 3), 1 / 3, np.float32)
    return to_bytes(Predictions(("a" * 64, "b" * 64), said, np.array([0, 1, 2, 2]), np.array([0, 0, 1, 1]), proba))


@once
@given(content=damaged_bytes(predictions()), shape=st.sampled_from([None, (2, 4)]))
def test_predictions(tmp_path: Path, content: bytes, shape: tuple[int, int] | None) -> None:
    found = tried(lambda: read(saved(tmp_path / "predictions.npz", content), shape))
    assert found is None or found.said.shape == (len(found.keys), len(found.y))


def samples() -> bytes:
    packed = io.BytesIO()
    np.savez_compressed(packed, x=np.arange(32, dtype=np.uint8).reshape(2, 4, 4, 1), y=np.array([0, 1]))
    return packed.getvalue()


@once
@given(content=damaged_bytes(samples()))
def test_samples_drawn_elsewhere(tmp_path: Path, content: bytes) -> None:
    task = TaskInfo("two", "binary", (4, 4, 1), ("no", "yes"))
    found = tried(lambda: read_npz(saved(tmp_path / "samples.npz", content), task), ValueError)
    assert found is None or found.x.shape == (len(found.y), 4, 4, 1)


@once
@given(content=damaged_bytes(samples()))
def test_a_payload_of_the_store(tmp_path: Path, content: bytes) -> None:
    store = Store(tmp_path / "store")
    store.folder("k" * 64).mkdir(parents=True, exist_ok=True)
    saved(store.folder("k" * 64) / "images.npz", content)
    tried(lambda: store.arrays("k" * 64, "images.npz"))


@pytest.fixture(scope="module")
def medical(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path, rng = tmp_path_factory.mktemp("medmnist") / "breastmnist.npz", np.random.default_rng(0)
    arrays: dict[str, Any] = {}
    for split in ("train", "val", "test"):
        arrays[f"{split}_images"] = rng.integers(0, 255, (3, 28, 28), np.uint8)
        arrays[f"{split}_labels"] = np.array([[0], [1], [1]], np.uint8)
    np.savez_compressed(path, **arrays)
    return path.read_bytes()


@once
@given(data=st.data())
def test_a_medical_archive(tmp_path: Path, medical: bytes, data: st.DataObject) -> None:
    path = saved(tmp_path / "breastmnist.npz", data.draw(damaged_bytes(medical)))
    tried(lambda: promises(path, ["train_images", "test_labels"]))
    tried(lambda: medmnist_file.read(path, "train", published("breastmnist", 28)))


@once
@given(content=damaged_bytes(idx.encode(np.arange(24, dtype=np.uint8).reshape(2, 3, 4))))
def test_an_idx_file_that_is_not_even_packed(tmp_path: Path, content: bytes) -> None:
    tried(lambda: idx.read_gz(saved(tmp_path / "a.gz", content), 3))


@once
@given(data=st.data())
def test_a_record_of_the_store(tmp_path: Path, data: st.DataObject) -> None:
    key = "k" * 64
    made = Record(
        key, {"stage": "fit"}, {"metrics": {"accuracy": 0.5}}, {"steps": 3.0}, "c", "cpu", "2026", 1.0, 1.0, 1.0
    )
    store = Store(tmp_path / "store")
    store.open()
    with store.scratch() as scratch:
        store.commit(scratch, made, replace=True)
    document = store.folder(key) / "record.json"
    whole = document.read_text()
    saved(document, data.draw(st.one_of(damaged_text(whole), damaged_document(whole))))
    found = store.get(key)
    unsigned = "digest" not in json.loads(whole) or '"digest"' not in document.read_text(errors="replace")
    assert found is None or found == made or unsigned, "a record is what was written, or it is none"
