"""predictions.npz: the same bytes for the same predictions, and read as somebody else's file."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gda_bench.errors import UserError
from gda_bench.metrics import area, judged, score, score_said
from gda_bench.report.predictions import Predictions, label_dtype, read, to_bytes


def drawn(cells: int, images: int, classes: int, *, proba: bool = False, groups: bool = False) -> Predictions:
    rng = np.random.default_rng(cells)
    return Predictions(
        keys=tuple(f"{i:064x}" for i in range(cells)),
        said=rng.integers(0, classes, (cells, images)).astype(label_dtype(classes)),
        y=rng.integers(0, classes, images),
        group=rng.integers(0, 5, images) * 10**15 if groups else None,
        proba=rng.random((cells, images, 1), np.float32) if proba else None,
    )


@pytest.mark.parametrize("classes", [2, 256, 257])
@pytest.mark.parametrize("extra", [{}, {"proba": True, "groups": True}], ids=["labels", "areas and patients"])
def test_what_is_written_is_read(tmp_path: Path, classes: int, extra: dict[str, bool]) -> None:
    before = drawn(3, 40, classes, **extra)
    (tmp_path / "p.npz").write_bytes(to_bytes(before))
    after = read(tmp_path / "p.npz", (3, 40))
    assert after.keys == before.keys
    assert after.said.dtype == before.said.dtype
    np.testing.assert_array_equal(after.said, before.said)
    np.testing.assert_array_equal(after.y, before.y)
    assert (after.proba is None) == (before.proba is None)
    if before.proba is not None and after.proba is not None and before.group is not None and after.group is not None:
        np.testing.assert_array_equal(after.proba, before.proba)
        # who a patient is called is nobody's business; who is the same is
        assert after.group.max() < 5
        np.testing.assert_array_equal(after.group[:, None] == after.group, before.group[:, None] == before.group)


def test_equal_predictions_give_equal_bytes_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    first = to_bytes(drawn(3, 40, 10))
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 10**7)
    assert to_bytes(drawn(3, 40, 10)) == first
    assert to_bytes(drawn(4, 40, 10)) != first


def test_a_run_without_any_result_still_writes_a_file(tmp_path: Path) -> None:
    nothing = Predictions((), np.empty((0, 4), np.uint8), np.arange(4))
    (tmp_path / "p.npz").write_bytes(to_bytes(nothing))
    assert read(tmp_path / "p.npz").keys == ()


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_in_a_line(tmp_path_factory: Any, content: bytes) -> None:
    path = tmp_path_factory.mktemp("odd") / "p.npz"
    path.write_bytes(content)
    with pytest.raises(UserError) as told:
        read(path)
    assert "\n" not in str(told.value)


@given(cut=st.integers(1, 1000), flip=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_a_damaged_file_is_refused_or_still_a_whole_one(tmp_path_factory: Any, cut: int, flip: int, bit: int) -> None:
    path, whole = tmp_path_factory.mktemp("hurt") / "p.npz", bytearray(to_bytes(drawn(3, 40, 10)))
    path.write_bytes(whole[:-cut])
    with pytest.raises(UserError):
        read(path)
    whole[flip % len(whole)] ^= 1 << bit
    path.write_bytes(whole)
    with suppress(UserError):
        assert read(path, (3, 40)).said.shape == (3, 40)


@given(arrays(np.float32, (30, 3), elements=st.floats(0, 1, width=32)), st.permutations(range(30)))
def test_the_metrics_of_labels_and_areas_are_those_of_the_probabilities(proba: Any, order: list[int]) -> None:
    y = np.array(order) % 3
    whole = score(y, proba)
    assert {**score_said(y, proba.argmax(1).astype(np.uint8)), "auc": area(y, judged(proba))} == whole
    two = proba[:, :2]
    assert area(y % 2, judged(two)) == score(y % 2, two)["auc"]
