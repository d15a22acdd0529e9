"""Append-only: what a pull request may do to the entries that stand, told by git."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from board import Board

from gda_bench.errors import UserError
from gda_leaderboard.verify import verify, write


def git(folder: Path, *arguments: str) -> None:
    name = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(folder), *name, *arguments], check=True, capture_output=True)


@pytest.fixture
def merged(board: Board, tmp_path: Path) -> Board:
    """A repository whose main branch holds one accepted entry, and a branch of a submitter."""
    shutil.copytree(board.suites, tmp_path / "suites")
    repository = replace(board, suites=tmp_path / "suites")
    folder = repository.submit()
    write(repository.results, [repository.verdict(folder)])
    git(tmp_path, "init", "--initial-branch=main")
    git(tmp_path, "add", "results", "suites")
    git(tmp_path, "commit", "--message=one entry")
    git(tmp_path, "switch", "--create=submission")
    return repository


def lines(board: Board, *, commit: bool = True) -> dict[str, str]:
    """Why entries are refused, once the change is committed or only made."""
    if commit:
        git(board.results, "add", "--all", "..")
        git(board.results, "commit", "--message=a change", "--allow-empty")
    found = verify(board.results, suites=board.suites, against="main")
    return {finding.name: finding.why for finding in found if finding.rung is None}


def entry(board: Board) -> Path:
    return board.results / "t1" / board.honest.name


def test_nothing_changed_nothing_refused(merged: Board) -> None:
    assert lines(merged) == {}


def edited(board: Board) -> None:
    path = entry(board) / "report.json"
    path.write_text(path.read_text().replace("Linux 6.1", "Linux 6.2"))


def other_predictions(board: Board) -> None:
    (entry(board) / "predictions.npz").write_bytes(b"PK")


def without_predictions(board: Board) -> None:
    (entry(board) / "predictions.npz").unlink()


def removed(board: Board) -> None:
    shutil.rmtree(entry(board))


def linked(board: Board) -> None:
    path = entry(board) / "report.json"
    kept = path.rename(board.results.parent / "elsewhere.json")
    path.symlink_to(kept)


CHANGES: dict[str, tuple[Callable[[Board], None], str]] = {
    "an edited row": (edited, "report.json of an earlier entry was changed: what was accepted stays as it is"),
    "other predictions": (
        other_predictions,
        "predictions.npz of an earlier entry was changed: what was accepted stays as it is",
    ),
    "predictions removed": (
        without_predictions,
        "predictions.npz of an earlier entry was removed: what was accepted stays as it is",
    ),
    "a removed row": (removed, " of an earlier entry was removed: what was accepted stays as it is"),
    "a row turned into a link": (
        linked,
        "report.json of an earlier entry was changed: what was accepted stays as it is",
    ),
}


@pytest.mark.parametrize("commit", [True, False], ids=["committed", "not yet committed"])
@pytest.mark.parametrize("case", CHANGES)
def test_what_was_accepted_stays_as_it_is(merged: Board, case: str, commit: bool) -> None:
    change, line = CHANGES[case]
    change(merged)
    assert lines(merged, commit=commit)[f"t1/{merged.honest.name}"].endswith(line)


@pytest.mark.parametrize("done", ["changed", "removed"])
def test_a_suite_with_entries_is_frozen(merged: Board, done: str) -> None:
    path = merged.suites / "t1.yaml"
    suite = path.read_text()
    path.unlink()
    (merged.suites / "t2.yaml").write_text(suite.replace("name: t1", "name: t2"))
    if done == "changed":
        path.write_text(suite.replace("opened: '", "opened: '1"))
    assert lines(merged)["suite t1"] == f"t1.yaml was {done}: a suite with entries is frozen, open another"


def test_a_new_entry_is_welcome_and_brings_no_verdict_of_its_own(merged: Board) -> None:
    def another(document: dict[str, object]) -> None:
        document["study"] = "0123" * 16

    folder = merged.submit(another, name=merged.honest.name.replace("3f9a3f9a", "01230123"))
    assert lines(merged) == {}
    finding = merged.verdict(folder)
    write(merged.results, [finding])
    assert lines(merged) == {}, "what the checks would write themselves"
    path = folder / "verified.json"
    verdict = json.loads(path.read_text())
    name = f"t1/{folder.name}"
    path.write_text(json.dumps({**verdict, "remarks": ["checked by the maintainers"]}))
    assert lines(merged) == {name: "verified.json: its remarks are not those of the checks; leave it out"}
    path.write_text(json.dumps({**verdict, "rung": "reproduced", "rerun": ["0" * 64]}))
    assert lines(merged) == {name: "verified.json: nobody can have run the cells of a new entry again; leave it out"}
    path.write_text(json.dumps({**verdict, "report": "0" * 64}))
    assert lines(merged) == {name: "verified.json: speaks of other files; leave it out"}
    path.unlink()
    (entry(merged) / "verified.json").unlink()
    assert lines(merged) == {
        f"t1/{merged.honest.name}": "verified.json was changed together with a new entry: add that alone"
    }


def test_an_earlier_entry_is_called_reproduced_by_a_rerun_alone(merged: Board) -> None:
    path = entry(merged) / "verified.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "rung": "reproduced", "rerun": ["0" * 64]}))
    line = "verified.json of an earlier entry was changed: only `--rerun` may call it reproduced"
    assert lines(merged) == {f"t1/{merged.honest.name}": line}
    found = verify(merged.results, suites=merged.suites, against="main", rerun=lambda report: (["0" * 64], None))
    assert [finding.rung for finding in found] == ["reproduced"]


def test_a_file_of_no_entry_is_refused(merged: Board) -> None:
    (merged.results / "index.html").write_text("<script>")
    assert lines(merged) == {"index.html": "'index.html' is no part of an entry"}


def test_a_reference_that_git_does_not_know_is_told_in_a_line(merged: Board) -> None:
    for ref, line in (
        ("nowhere", "git merge-base failed in .*Not a valid object name nowhere"),
        ("--all", "no git ref"),
    ):
        with pytest.raises(UserError, match=line):
            verify(merged.results, suites=merged.suites, against=ref)
