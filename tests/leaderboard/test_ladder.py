"""The rungs: how far an honest entry gets, what stops it, and what verified.json may say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from board import Board, write_honest

from gda_leaderboard.entry import load_entry
from gda_leaderboard.verify import verify, write


def test_an_honest_entry_is_recomputed_and_keeps_its_rung(board: Board) -> None:
    folder = board.submit()
    finding = board.verdict(folder)
    assert (finding.rung, finding.why, finding.remarks) == ("recomputed", "no cell of it was run again", ())
    assert load_entry(folder).rung == "well-formed"
    assert write(board.results, [finding]) == [folder / "verified.json"]
    assert load_entry(folder).rung == "recomputed"
    assert board.verdict(folder) == finding


def test_without_predictions_an_entry_is_complete_and_no_more(board: Board) -> None:
    folder = board.submit()
    (folder / "predictions.npz").unlink()
    finding = board.verdict(folder)
    assert finding.rung == "complete"
    assert finding.why == "there is no predictions.npz to derive its scores from"


def test_a_failed_cell_is_recorded_and_keeps_the_entry_off_the_ranks(board: Board, tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    folder = Board(board.results, board.suites, write_honest(tmp_path / "made", board.suites, failed=2)).submit()
    finding = board.verdict(folder)
    assert finding.rung == "well-formed"
    assert finding.why == "2 of 70 cells have no result, first mix 40+40 seed 0 (failed)"
    assert finding.why in finding.remarks


def test_a_control_that_fails_keeps_the_entry_off_the_ranks(board: Board, tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    folder = Board(board.results, board.suites, write_honest(tmp_path / "made", board.suites, copy=0.9)).submit()
    finding = board.verdict(folder)
    assert finding.rung == "well-formed"
    assert finding.why == "the control copy failed: its interval excludes 0, what it is worth"


def test_a_rerun_that_comes_out_makes_it_reproduced_and_one_that_does_not_leaves_it(board: Board) -> None:
    folder = board.submit()
    good = board.verdict(folder, rerun=lambda report: ([report.cells[0].key], None))
    assert (good.rung, good.rerun) == (
        "reproduced",
        (json.loads((folder / "report.json").read_text())["cells"][0]["key"],),
    )
    bad = board.verdict(folder, rerun=lambda report: ([], "1 of 1 cells run again did not come out"))
    assert (bad.rung, bad.why) == ("recomputed", "1 of 1 cells run again did not come out")
    write(board.results, [good])
    assert board.verdict(folder).rung == "reproduced", "what was run again stays so for these files"
    (folder / "predictions.npz").unlink()
    assert board.verdict(folder).rung == "complete"


def test_a_board_of_one_suite_holds_nothing_of_another(board: Board) -> None:
    folder = board.submit()
    other = board.results / "v1" / folder.name
    other.parent.mkdir()
    folder.rename(other)
    (finding,) = verify(board.results)
    assert finding.rung is None
    assert finding.why.startswith("the classifier 'Centroid' is not in suite v1: cnn, timm:model=test_resnet")
    unknown = board.results / "v9" / folder.name
    unknown.parent.mkdir()
    other.rename(unknown)
    (finding,) = verify(board.results)
    assert finding.why == "unknown suite 'v9': did you mean v1?"


STATEMENTS: dict[str, tuple[dict[str, Any], str]] = {
    "too high a rung": (
        {"rung": "reproduced"},
        "verified.json: claims reproduced, the checks reach complete: there is no predictions.npz to derive its scores "
        "from",
    ),
    "not a rung": ({"rung": "blessed"}, "verified.json: is not what the checks write; leave it out"),
    "markup": ({"rung": "complete", "verdict": "<b>"}, "verified.json: is not what the checks write; leave it out"),
}


@pytest.mark.parametrize("case", STATEMENTS)
def test_verified_json_says_no_more_than_the_checks(board: Board, case: str) -> None:
    says, line = STATEMENTS[case]
    folder = board.submit()
    (folder / "predictions.npz").unlink()
    report, predictions = board.verdict(folder).digests
    verified = {"report": report, "predictions": predictions, "gda_bench": "0.1.0", **says}
    (folder / "verified.json").write_text(json.dumps(verified))
    assert board.verdict(folder).why == line
