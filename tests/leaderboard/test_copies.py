"""Predictions that are another's, and honest ones that only look alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from board import Board, changed, write_honest

from gda_bench.errors import UserError
from gda_bench.report import load
from gda_bench.report.model import Report
from gda_bench.report.predictions import Predictions, read
from gda_leaderboard.copies import Measured, check_copies


def renamed(report: Report, predictions: Predictions, **arrays: Any) -> Measured:
    """The same work under another generator's name: its mixes have other keys, real cells and controls the same."""
    new = {c.key: c.key[::-1] for c in report.cells if c.arm in ("mix", "synthetic")}
    cells = [c.model_copy(update={"key": new.get(c.key, c.key)}) for c in report.cells]
    generator = report.generator.model_copy(update={"name": "Better"})
    keys = tuple(new.get(key, key) for key in predictions.keys)
    return Measured(
        "t1/copy",
        report.model_copy(update={"cells": cells, "generator": generator}),
        changed(predictions, keys=keys, **arrays),
    )


@pytest.fixture
def entry(honest: Path) -> Measured:
    return Measured("t1/original", load(honest / "report.json"), read(honest / "predictions.npz"))


def test_another_generators_predictions_are_copies_whatever_their_seeds(entry: Measured) -> None:
    with pytest.raises(
        UserError, match=r"^5 of 5 cells of the arm mix 40\+40 say of every test image what a cell of t1/o"
    ):
        check_copies(renamed(entry.report, entry.predictions), [entry])
    said = np.array(entry.predictions.said)
    mixes = [i for i, c in enumerate(entry.report.cells) if (c.arm, c.n_synth) == ("mix", 160)]
    shuffled = said.copy()
    shuffled[mixes] = said[mixes[::-1]]
    with pytest.raises(UserError, match="these predictions are copies"):
        check_copies(renamed(entry.report, entry.predictions, said=shuffled), [entry])


def test_real_cells_passed_off_as_mixes_are_copies(entry: Measured) -> None:
    said = np.array(entry.predictions.said)
    arm = {
        name: [i for i, c in enumerate(entry.report.cells) if (c.arm, c.n_real, c.n_synth) == name]
        for name in (("mix", 40, 160), ("real", 160, 0))
    }
    said[arm["mix", 40, 160]] = said[arm["real", 160, 0]]
    with pytest.raises(UserError, match="its own cells of real images and controls says: these predictions are copies"):
        check_copies(renamed(entry.report, entry.predictions, said=said), [])


def test_an_entry_is_no_copy_of_another_of_its_generator(entry: Measured) -> None:
    check_copies(Measured("t1/again", entry.report, entry.predictions), [entry])


def test_the_same_keys_under_another_name_are_copies_too(entry: Measured) -> None:
    generator = entry.report.generator.model_copy(update={"name": "Better"})
    alias = Measured("t1/alias", entry.report.model_copy(update={"generator": generator}), entry.predictions)
    with pytest.raises(UserError, match="these predictions are copies"):
        check_copies(alias, [entry])


def test_two_honest_entries_are_no_copies(entry: Measured, board: Board, tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    folder = write_honest(tmp_path / "made", board.suites, draw=12)
    check_copies(renamed(load(folder / "report.json"), read(folder / "predictions.npz")), [entry])


def test_classifiers_that_always_say_one_class_prove_nothing(entry: Measured) -> None:
    constant = np.zeros_like(entry.predictions.said)
    flat = Measured("t1/original", entry.report, changed(entry.predictions, said=constant))
    check_copies(renamed(entry.report, entry.predictions, said=constant), [flat])
