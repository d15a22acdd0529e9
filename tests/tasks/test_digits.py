"""The task `digits`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from gda_tasks.digits import Digits

ROOT = Path("/nowhere")


def test_the_split_is_1297_and_500_and_uses_every_digit_once() -> None:
    train, test = Digits().load("train", ROOT), Digits().load("test", ROOT)
    assert (train.x.shape, test.x.shape) == ((1297, 8, 8, 1), (500, 8, 8, 1))
    ours = np.concatenate([train.x, test.x]).reshape(1797, 64).astype(int)
    theirs = np.rint(load_digits().data * 255 / 16).astype(int)
    assert sorted(map(tuple, ours.tolist())) == sorted(map(tuple, theirs.tolist()))


def test_the_split_is_pinned() -> None:
    """Another split is another task: it would need a new `version`."""
    assert Digits().load("train", ROOT).digest()[:16] == "2790c3d92602dbfe"
    assert Digits().load("test", ROOT).digest()[:16] == "b4493979944c4a40"


def test_the_classes_are_in_proportion() -> None:
    counts = np.bincount(load_digits().target)
    expected = counts * 500 / counts.sum()
    assert np.abs(np.bincount(Digits().load("test", ROOT).y) - expected).max() <= 1


def test_the_grey_levels_span_the_range() -> None:
    levels = np.unique(Digits().load("train", ROOT).x)
    assert (levels.min(), levels.max(), len(levels)) == (0, 255, 17)


def test_the_data_come_with_a_package() -> None:
    (file,) = Digits().files(ROOT)
    assert (Path(file.path).name, file.state) == ("digits.csv.gz", "official")
    Digits().prepare(ROOT)


def test_callers_cannot_change_each_others_images() -> None:
    mine = Digits().load("test", ROOT)
    mine.x[:] = 0
    assert Digits().load("test", ROOT).x.any()


@pytest.mark.parametrize("field", ["licence", "source", "citation", "caveats"])
def test_the_info_says_where_the_data_come_from(field: str) -> None:
    info = Digits().info
    assert getattr(info, field)
    assert info.classes == tuple("0123456789")
    assert info.shape == Digits().load("test", ROOT).x.shape[1:]
