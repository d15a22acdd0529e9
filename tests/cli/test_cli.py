"""The command line as a person meets it."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pytest
from PIL import Image

from gda_bench.__main__ import main
from gda_bench.registry import resolve
from gda_bench.store import Store
from gda_bench.task_data import load_task

PLUGINS = Path(__file__).parents[1] / "plugins" / "fast.py"
FAST = ["--generator", f"{PLUGINS}:Jitter", "--classifier", f"{PLUGINS}:Centroid", "--seeds", "2", "--workers", "1"]
SMALL = ["--set", "n_real=40", "--set", "budget.amount=20"]


@dataclass
class Done:
    stdout: str
    stderr: str


class Run(Protocol):
    def __call__(self, *arguments: str, code: int = 0) -> Done: ...


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, small_audits: None) -> Run:
    """The console script in this process: importing torch anew for every command would take minutes."""

    def call(*arguments: str, code: int = 0) -> Done:
        monkeypatch.setattr(sys, "argv", ["gda-bench", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as exit_:
            main()
        done = Done(*capsys.readouterr())
        assert (exit_.value.code or 0) == code, done.stderr
        assert "Traceback" not in done.stderr
        return done

    return call


@pytest.fixture
def complaint(run: Run) -> Callable[..., str]:
    """The one line on stderr of a command that must end with code 2."""

    def call(*arguments: str) -> str:
        done = run(*arguments, code=2)
        assert done.stdout == ""
        (line,) = done.stderr.strip().splitlines()
        return line

    return call


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["run", "--help"], *(["list", kind] for kind in ("tasks", "generators", "classifiers", "profiles"))],
)
def test_help_and_lists_are_light(arguments: list[str]) -> None:
    code = (
        "import sys; sys.argv = ['gda-bench', *sys.argv[1:]]\n"
        "from gda_bench.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'sklearn', 'scipy', 'monai', 'altair', 'timm', 'diffusers'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


COMMANDS = (
    *("", "run", "plan", "list", "show", "analyze", "compare", "report", "advise"),
    *("data prepare", "data status", "doctor"),
)


@pytest.mark.parametrize("command", [name.split() for name in COMMANDS])
def test_every_command_has_help_with_an_example(run: Run, command: list[str]) -> None:
    text = run(*command, "--help").stdout
    assert "gda-bench" in text
    if command:
        assert "Example:" in text


def test_run_ends_with_the_verdict_and_the_path_and_is_quiet_when_piped(run: Run, tmp_path: Path) -> None:
    done = run("run", "--task", "digits", *FAST, *SMALL)
    *_, path = done.stdout.strip().splitlines()
    assert (tmp_path / path / "report.html").is_file()
    assert "On digits, adding 160 Jitter images to 40 real ones" in " ".join(done.stdout.split())
    assert done.stderr == ""


def test_run_as_json_prints_one_document(run: Run, tmp_path: Path) -> None:
    done = run("run", "--task", "digits", *FAST, *SMALL, "--json")
    (row,) = json.loads(done.stdout)
    assert row["task"] == "digits"
    assert Path(row["report"]).name == "report.json"
    report = json.loads(Path(row["report"]).read_text())
    assert report["schema_version"] == 1
    for format_, start in (("html", "<!doctype html>"), ("md", "# "), ("json", "{")):
        assert run("report", row["report"], "--format", format_).stdout.lower().startswith(start)


def test_analyze_and_compare_read_what_run_wrote(run: Run, tmp_path: Path) -> None:
    options = ["--task", "digits", *FAST, *SMALL]
    (row,) = json.loads(run("run", *options, "--json").stdout)
    cells, report = Path(row["report"]).with_name("cells.csv"), row["report"]
    found = json.loads(run("analyze", str(cells), "--out", str(tmp_path / "analysis"), "--json").stdout)
    assert {"real_curve", "equivalence", "law", "tost", "controls"} <= found.keys()
    assert (tmp_path / "analysis" / "report.html").is_file()
    assert "On cells.csv, adding 160 synthetic images" in " ".join(run("analyze", str(cells)).stdout.split())
    assert "cannot be told apart" in " ".join(run("compare", report, report).stdout.split())
    assert json.loads(run("compare", report, report, "--json").stdout)["difference"]["estimate"] == 0


def test_failed_cells_give_exit_code_1_and_a_report(run: Run, tmp_path: Path) -> None:
    done = run("run", "--task", "digits", "--generator", f"{PLUGINS}:Crashing", *FAST[2:], *SMALL, code=1)
    *_, path = done.stdout.strip().splitlines()
    assert (tmp_path / path / "report.json").is_file()
    assert "the sampler fell over" in done.stderr


def test_a_store_is_named_from_where_one_stands(run: Run, tmp_path: Path) -> None:
    """The command runs in a folder; what reads and writes the store for it stands elsewhere."""
    run("run", "--task", "digits", *FAST, *SMALL, "--store", "here/store", "--data-dir", "data")
    assert list(tmp_path.glob("here/store/cells/*/*/record.json"))


def test_a_failed_audit_gives_exit_code_1_too(run: Run, tmp_path: Path) -> None:
    options = ["--task", "digits", *FAST[:2], "--classifier", f"{PLUGINS}:Blind", *FAST[4:], *SMALL]
    done = run("run", *options, code=1)
    *_, path = done.stdout.strip().splitlines()
    report = json.loads((tmp_path / path / "report.json").read_text())
    assert {cell["status"] for cell in report["cells"]} == {"ok"}
    (warning,) = [text for text in report["warnings"] if "audited" in text]
    assert warning == (
        "2 of 2 pools could not be audited (embed: RuntimeError: nothing to be seen here): whether the samples repeat "
        "training or test images is not known of them."
    )
    assert "nothing to be seen here" in done.stderr
    assert "nothing to be seen here" in run("run", *options, code=1).stderr, "as long as it is so"


def test_plan_says_what_is_new_and_what_is_reused(run: Run) -> None:
    options = ["--task", "digits", *FAST, *SMALL]
    before = json.loads(run("plan", *options, "--json").stdout)
    assert before["reused"] == 0
    assert before["to_run"]["train"] == 2 * (6 + 3 + 3 + 2)
    assert before["cells_without_forecast"] == before["cells"]
    assert before["seconds"] is None, "what never ran has no forecast, and that is not 0"
    run("run", *options)
    after = json.loads(run("plan", *options, "--json").stdout)
    assert after["reused"] == after["cells"]
    more = json.loads(run("plan", "--task", "digits", *FAST, *SMALL, "--seeds", "3", "--json").stdout)
    assert more["to_run"]["train"] == 6 + 3 + 3 + 2
    assert more["cells_without_forecast"] == 0
    assert 0 < more["seconds"] <= more["compute_seconds"]


def test_an_experiment_file_stands_for_flags_and_flags_go_before_it(run: Run, tmp_path: Path) -> None:
    config = tmp_path / "experiment.yaml"
    config.write_text("task: digits\ngenerator: gaussian\nclassifier: cnn\nseeds: 4\nset: {n_real: 40}\n")
    plan = json.loads(run("plan", "--config", str(config), "--seeds", "1", "--json").stdout)
    assert plan["n_real"] == {"digits": 40}
    assert plan["to_run"]["fit"] == 3
    assert plan["studies"][0].startswith("digits--gaussian--cnn--")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run"], "task is missing: say which, as in --task digits"),
        (["run", "--task", "digts"], "unknown task 'digts': did you mean digits"),
        (["run", "--task", "digits", "--generator", "emd"], "did you mean edm"),
        (["run", "--task", "digits", "--profile", "quik"], "did you mean quick"),
        (["run", "--task", "digits", "--generator", "edm:steps"], "is not key=value"),
        (["run", "--task", "digits", "--generator", "edm:stps=1"], "did you mean steps"),
        (["run", "--task", "digits", "--set", "n_real=5", "--set", "real_multiples=[1]"], "10 classes"),
        (["run", "--task", "digits", "--policy", "sometimes"], "unknown policy 'sometimes'"),
        (["run", "--task", "digits", "--executor", "locl"], "unknown executor 'locl'"),
        (["run", "--task", "digits", "--device", "tpu"], "unknown device 'tpu'"),
        (["run", "--task", "digits", "--protocol", "conct"], "did you mean concat"),
        (["run", "--task", "digits", "--filter", "nune"], "did you mean none"),
        (["list", "taskz"], "did you mean tasks"),
        (["show", "generators", "edn"], "did you mean edm"),
        (["report", "nowhere.json"], "cannot be read"),
        (["data", "status", "digts"], "did you mean digits"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(complaint: Callable[..., str], arguments: list[str], said: str) -> None:
    assert said in complaint(*arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        *(["run", "--task", task] for task in (f"imagefolder:root={400 * 'x'}", f"medical-folder:root={400 * 'x'}")),
        ["run", "--task", "digits", "--generator", f"{400 * 'x'}.py:X"],
        ["run", "--task", "digits", "--generator", f"folder:path={400 * 'x'}"],
        ["run", "--task", "digits", "--classifier", f"timm:model=resnet18,weights={400 * 'x'}"],
        ["run", "--config", 400 * "x"], ["analyze", 400 * "x"], ["report", 400 * "x"],
    ],
)  # fmt: skip
def test_a_name_that_no_file_can_have_is_one_line_too(complaint: Callable[..., str], arguments: list[str]) -> None:
    assert "name too long" in complaint(*arguments)


def test_flags_that_do_not_exist_give_exit_code_2(run: Run) -> None:
    assert "--taks" in run("run", "--taks", "digits", code=2).stderr


def test_malformed_experiment_files_are_named_with_the_place(complaint: Callable[..., str], tmp_path: Path) -> None:
    config = tmp_path / "experiment.yaml"
    for text, said in [
        ("task: [digits\nseeds: 3\n", "line 2, column"),
        ("- digits\n", "an experiment is a mapping"),
        ("taks: digits\n", "unknown key 'taks': did you mean task"),
        ("task: digits\ngenerater: edm\n", "unknown key 'generater': did you mean generator?"),
        ("task: digits\nseeds: many\n", "seeds: Input should be a valid integer"),
    ]:
        config.write_text(text)
        line = complaint("run", "--config", str(config))
        assert said in line
        assert "experiment.yaml" in line
    assert "cannot be read" in complaint("run", "--config", str(tmp_path / "nowhere.yaml"))


def test_missing_data_name_the_files_and_where_they_belong(
    complaint: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    line = complaint("run", "--task", "medmnist")
    assert "breastmnist.npz" in line
    assert "organsmnist.npz" in line
    assert str(tmp_path / "data") in line


def test_places_that_cannot_be_written_are_refused_before_any_work(
    complaint: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    options = ["--task", "digits", *FAST, *SMALL]
    assert "give another with --store" in complaint("run", *options, "--store", str(tmp_path / "file"))
    assert "give another folder with --out" in complaint("run", *options, "--out", str(tmp_path / "file"))


@pytest.mark.parametrize(("room_for", "code"), [(0, 2), (5, 1)])
def test_a_full_disk_ends_the_run_in_one_line_and_keeps_what_was_done(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, room_for: int, code: int
) -> None:
    commit, kept = Store.commit, 0

    def commit_while_there_is_room(*arguments: Any, **options: Any) -> None:
        nonlocal kept
        if kept == room_for:
            raise OSError(errno.ENOSPC, "No space left on device")
        kept += 1
        commit(*arguments, **options)

    options = ["--task", "digits", *FAST, *SMALL]
    with monkeypatch.context() as full:
        full.setattr(Store, "commit", commit_while_there_is_room)
        (line,) = run("run", *options, code=code).stderr.strip().splitlines()
    assert "can take no more (No space left on device); free some space" in line
    assert json.loads(run("plan", *options, "--json").stdout)["reused"] == room_for


def test_a_truncated_data_file_is_named_in_one_line(complaint: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "breastmnist.npz").write_bytes(b"PK\x03\x04 this is no archive")
    assert "breastmnist.npz" in complaint("run", "--task", "medmnist/breastmnist")


def test_status_show_and_doctor_speak_json(run: Run) -> None:
    (digits,) = json.loads(run("data", "status", "digits", "--json").stdout)
    assert digits["state"] == "official"
    card = json.loads(run("show", "tasks", "digits", "--json").stdout)
    assert card["shape"] == [8, 8, 1]
    assert sum(card["training_images"].values()) == 1297
    assert card["test_images_in_training_too"] == {"identical": 0, "near": 0, "looked_at": 500}
    assert "data prepare cifar10" in json.loads(run("show", "tasks", "cifar10", "--json").stdout)["data"]
    assert json.loads(run("show", "generators", "edm", "--json").stdout)["track"] == "closed"
    assert json.loads(run("show", "profiles", "quick", "--json").stdout)["seeds"] == 3
    health = json.loads(run("doctor", "--json").stdout)
    assert health["problems"] == []


def test_a_card_has_a_picture_of_every_class(run: Run, complaint: Callable[..., str], tmp_path: Path) -> None:
    run("show", "tasks", "digits", "--picture", str(tmp_path / "digits.png"))
    with Image.open(tmp_path / "digits.png") as picture:
        shown = np.asarray(picture)
    factor = shown.shape[0] // 80
    assert shown.shape == (80 * factor, 64 * factor), "ten rows of eight"
    rows = shown[::factor, ::factor].reshape(10, 8, 8, 8).transpose(0, 2, 1, 3)
    train = load_task(resolve("tasks", "digits"), Path()).train
    for c in range(10):
        assert (rows[c] == train.x[train.y == c][:8, ..., 0]).all()
    assert "no picture can be drawn: " in complaint("show", "tasks", "cifar10", "--picture", "cifar.png")
    assert "is one of the generators" in complaint("show", "generators", "edm", "--picture", "edm.png")


def test_a_narrow_terminal_is_enough(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    for command in (["--help"], ["run", "--help"], ["list", "generators"], ["show", "generators", "edm"]):
        text = run(*command).stdout
        assert max(len(line) for line in text.splitlines()) <= 50


def test_folders_of_a_file_and_of_the_environment_are_named_from_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gda_bench.study.request import make_request

    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.setenv("GDA_BENCH_STORE", "kept")
    (tmp_path / "study.yaml").write_text("task: digits\ndata_dir: ~/pictures\n")
    request = make_request({}, tmp_path / "study.yaml")
    assert (request.store, request.data_dir) == (Path.cwd() / "kept", Path("/home/someone/pictures"))
