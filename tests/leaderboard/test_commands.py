"""`leaderboard add` and `leaderboard verify` as they are typed, and one report all the way from its run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from board import PLUGINS, Board, make_suite
from typer.testing import CliRunner, Result

import gda_bench
from gda_bench.cli.app import app
from gda_bench.errors import UserError
from gda_bench.keys import file_digest


def cli(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["leaderboard", *map(str, arguments)])


def options(board: Board) -> list[object]:
    return ["--results", board.results, "--suites", board.suites]


def test_add_puts_a_report_in_its_place_and_says_what_comes_next(board: Board) -> None:
    done = cli("add", board.honest / "report.json", "--suite", "t1", *options(board))
    place = board.results / "t1" / board.honest.name
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("recomputed: no cell of it was run again\n")
    assert f"next: git add {place} && git commit, and open a pull request with this folder alone\n" in done.stdout
    assert {path.name for path in place.iterdir()} == {"report.json", "predictions.npz"}
    assert [path.name for path in board.results.iterdir()] == ["t1"]
    again = cli("add", board.honest / "report.json", "--suite", "t1", *options(board))
    assert isinstance(again.exception, UserError)
    assert str(again.exception) == f"{place} is there already: an entry is added once and never changed"


def test_add_refuses_in_a_line_and_leaves_nothing(board: Board, tmp_path: Path) -> None:
    source = Path(shutil.copytree(board.honest, tmp_path / "mine"))
    document = json.loads((source / "report.json").read_text())
    document["equivalence"]["verdict"] = "harmful"
    (source / "report.json").write_text(json.dumps(document))
    done = cli("add", source / "report.json", "--suite", "t1", *options(board))
    line = "equivalence.verdict is harmful, its predictions give established"
    assert str(done.exception) == f"{source / 'report.json'}: {line}"
    (source / "predictions.npz").unlink()
    done = cli("add", source / "report.json", "--suite", "t1", *options(board))
    assert "there is no predictions.npz beside" in str(done.exception)
    done = cli("add", source / "report.json", "--suite", "t2", *options(board))
    assert str(done.exception) == "unknown suite 't2': did you mean t1?"
    assert not list(board.results.rglob("*.*"))


def test_a_copy_is_refused_beside_what_it_was_copied_from(board: Board, tmp_path: Path) -> None:
    board.submit()

    def stolen(document: dict[str, object]) -> None:
        text = json.dumps(document)
        document |= json.loads(text.replace("Jitter", "Better").replace("3f9a" * 16, "beef" * 16))

    thief = Board(tmp_path / "thief", board.suites, board.honest)
    folder = thief.submit(stolen, name=board.honest.name.replace("Jitter", "Better").replace("3f9a" * 2, "beef" * 2))
    assert cli("verify", *options(thief)).exit_code == 0, "alone it cannot be told from an honest one"
    done = cli("add", folder / "report.json", "--suite", "t1", *options(board))
    assert "5 of 5 cells of the arm mix 40+40 say of every test image what a cell of t1/" in str(done.exception)
    cli("verify", "--write", *options(board))
    shutil.move(folder, board.results / "t1")
    document = json.loads(cli("verify", "--json", *options(board)).stdout)
    assert {entry["entry"]: entry["rung"] for entry in document["entries"]} == {
        f"t1/{board.honest.name}": "recomputed",
        f"t1/{folder.name}": None,
    }
    (board.results / "t1" / board.honest.name / "verified.json").unlink()
    document = json.loads(cli("verify", "--json", *options(board)).stdout)
    assert document["refused"] == 2, "of two that nobody accepted before, who copied whom is for people to find out"


def test_verify_prints_tables_for_people_bots_and_programs(board: Board) -> None:
    folder = board.submit()
    board.submit(lambda document: document["generator"].update(name="|<b>|"), name="evil|`x`")
    board.submit(name="\x1b[2J")
    text = cli("verify", *options(board))
    assert text.exit_code == 1
    assert f"recomputed  t1/{folder.name}\n            no cell of it was run again\n" in text.stdout
    markdown = cli("verify", "--markdown", *options(board)).stdout
    assert markdown.startswith("2 of 3 refused.\n\n| entry | rung |")
    row = next(line for line in markdown.splitlines() if "evil" in line)
    assert r"**t1/evil\|\`x\`**" in row
    assert "\x1b" not in text.stdout
    assert r"report.json: generator.name holds markup: '\|\<b\>\|'" in row
    document = json.loads(cli("verify", "--json", *options(board)).stdout)
    assert document["refused"] == 2
    assert [entry["rung"] for entry in document["entries"]] == [None, "recomputed", None]
    one = cli("verify", folder, "--write", *options(board))
    assert one.exit_code == 0
    assert json.loads((folder / "verified.json").read_text())["rung"] == "recomputed"


def test_verify_needs_a_folder_of_results(tmp_path: Path) -> None:
    done = cli("verify", "--results", tmp_path / "none")
    assert str(done.exception) == f"{tmp_path / 'none'}: no folder of results; give it with --results"


def test_a_report_goes_from_its_run_to_reproduced(tmp_path: Path) -> None:
    few = {"real_multiples": [1.0, 4.0], "whole_split": False, "mix_ratios": [4.0], "synthetic_ratios": [4.0]}
    suites = make_suite(tmp_path / "suites", file_digest(PLUGINS), seeds=2, **few)
    gda_bench.run(
        task="digits", generator=f"{PLUGINS}:Jitter", classifier=f"{PLUGINS}:Centroid", profile="quick", seeds=2,
        set={"n_real": 40, "budget.amount": 20, **few}, workers=1, device="cpu", out=tmp_path / "out",
    )  # fmt: skip
    (made,) = (tmp_path / "out").iterdir()
    board = Board(tmp_path / "results", suites, made)
    assert cli("add", made / "report.json", "--suite", "t1", *options(board)).exit_code == 0
    plugins = ["--plugin", f"{PLUGINS}:Jitter", "--plugin", f"{PLUGINS}:Centroid"]
    done = cli("verify", "--rerun", 2, "--seed", 3, "--write", *plugins, *options(board))
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("reproduced")
    assert "seed of the draw: 3" in done.stderr
    verified = json.loads((board.results / "t1" / made.name / "verified.json").read_text())
    assert verified["rung"] == "reproduced"
    assert len(verified["rerun"]) == 2
    without = cli("verify", "--rerun", 1, "--json", *options(board))
    (entry,) = json.loads(without.stdout)["entries"]
    assert entry["rung"] == "recomputed"
    assert entry["why"] == "the generator Jitter is not built in: give its code, --plugin FILE.py:Jitter"


def test_a_rerun_that_differs_says_by_how_much(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    from gda_bench.evidence import rerun

    found = [rerun.Again("mix 40+160 seed 2", "ab" * 32, 0.99, 0.9, 0.02), rerun.Again("x", "cd" * 32, 0.9, 0.9, 0.02)]
    monkeypatch.setattr(rerun, "rerun", lambda *arguments, **options: found)
    board.submit()
    (entry,) = json.loads(cli("verify", "--rerun", 2, "--json", *options(board)).stdout)["entries"]
    assert entry["rung"] == "recomputed"
    line = "1 of 2 cells run again did not come out: mix 40+160 seed 2 gave 0.9, not 0.99, beyond 0.02"
    assert entry["why"] == line
