"""`--executor ray` on this machine: the cells and numbers of `local`, whatever dies on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from gda_bench.executors import QUIET_RAY
from gda_bench.executors.worker import Outcome
from gda_bench.report import Report
from gda_bench.stages import Cell
from gda_bench.study.request import make_request
from gda_bench.study.run import Silent
from gda_bench.study.session import open_session

os.environ.update(QUIET_RAY)  # read when Ray is imported
ray = pytest.importorskip("ray", reason="the extra `ray` is not installed")

PLUGINS = Path(__file__).parents[1] / "plugins"
FAST = f"{PLUGINS}/fast.py"
PARTS = ("arms", "real_curve", "equivalence", "controls", "audit", "warnings")
SIZES = {"n_real": 40, "budget.amount": 20, "real_multiples": [0.25, 0.5, 1, 2, 4]}


class Recorder(Silent):
    """An observer that remembers."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str]] = []
        self.outcomes: dict[str, Outcome] = {}

    def started(self, cell: Cell) -> None:
        self.events.append(("started", cell.key))

    def ended(self, cell: Cell, outcome: Outcome) -> None:
        self.events.append(("ended", cell.key))
        self.outcomes[cell.key] = outcome


def study(folder: Path, executor: str, **options: Any) -> tuple[list[Report], list[Cell], Recorder]:
    """The reports, the cells and what an observer saw of a run on digits."""
    chosen = {"task": "digits", "seeds": 1, "profile": "quick", "set": SIZES, "executor": executor}
    chosen |= {"out": folder / "out", "store": folder / executor, **options}
    seen = Recorder()
    with open_session(make_request(chosen)) as session:
        reports = [report for report, _ in session.run(seen)]
        return reports, session.cells(), seen


def records(store: Path) -> dict[str, dict[str, Any]]:
    return {p.parent.name: json.loads(p.read_text()) for p in store.glob("cells/*/*/record.json")}


@pytest.fixture
def two_cpus(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Ray with two CPUs, for all runs of a test."""
    monkeypatch.setenv("RAY_worker_niceness", "0")  # where others compute too, the nice wait for minutes
    monkeypatch.setenv("RAY_AUTH_TOKEN", "x" * 64)
    ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    yield
    ray.shutdown()
    os.environ.pop("RAY_AUTH_MODE", None)  # which it had set


@pytest.mark.slow
@pytest.mark.usefixtures("two_cpus")
def test_ray_runs_the_cells_of_local_with_the_same_numbers_and_survives_the_same_faults(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    components = {
        "generator": [f"{FAST}:Jitter", f"{FAST}:Crashing"],
        "classifier": [f"{FAST}:Centroid", f"{PLUGINS}/mortal.py:Mortal:marks={marks}"],
    }
    reports, cells, seen = study(tmp_path, "ray", **components)
    assert len(list(marks.iterdir())) == 1, "a worker was killed, and its cell ran again"
    assert capfd.readouterr().out == "", "standard output is for a report"
    expected, same, plain = study(tmp_path, "local", workers=1, **components)

    assert [c.key for c in cells] == [c.key for c in same]
    for report, wanted in zip(reports, expected, strict=True):
        assert [(c.key, c.status, c.metrics, c.error) for c in report.cells] == [
            (c.key, c.status, c.metrics, c.error) for c in wanted.cells
        ]
        for part in PARTS:
            assert getattr(report, part) == getattr(wanted, part)
    told = {key: (outcome.status, outcome.error) for key, outcome in plain.outcomes.items()}
    assert {key: (outcome.status, outcome.error) for key, outcome in seen.outcomes.items()} == told
    assert {status for status, _ in told.values()} == {"computed", "failed", "blocked"}

    kept, wanted_kept = records(tmp_path / "ray"), records(tmp_path / "local")
    assert {key: r["result"] for key, r in kept.items()} == {key: r["result"] for key, r in wanted_kept.items()}
    _needs_came_first(cells, kept, seen)
    assert set(seen.events) >= {("ended", cell.key) for cell in cells}
    assert any(event == "started" for event, _ in seen.events)

    # what takes its process down again and again is recorded, and the rest goes on
    (report,), *_ = study(tmp_path, "ray", generator=f"{FAST}:Jitter", classifier=f"{FAST}:Fatal")
    (died,) = [c for c in report.cells if c.status != "ok"]
    assert (died.arm, died.n_real) == ("real", 10)
    assert died.error == "the worker process died, perhaps for lack of memory"


def _needs_came_first(cells: Sequence[Cell], kept: dict[str, dict[str, Any]], seen: Recorder) -> None:
    ended = [key for event, key in seen.events if event == "ended"]
    for cell in cells:
        for need in cell.needs:
            assert ended.index(need.key) < ended.index(cell.key)
            if cell.key in kept:
                done = datetime.fromisoformat(kept[need.key]["started"]) + timedelta(seconds=kept[need.key]["wall_s"])
                assert done <= datetime.fromisoformat(kept[cell.key]["started"])


def command(folder: Path) -> list[str]:
    return [
        sys.executable, "-m", "gda_bench", "run", "--task", "digits", "--generator", f"{FAST}:Jitter",
        "--classifier", f"{FAST}:Centroid", "--seeds", "2", *(f"--set={key}={value}" for key, value in SIZES.items()),
        "--out", str(folder / "out"), "--store", str(folder / "store"), "--executor", "ray", "--json",
    ]  # fmt: skip


def of_this_run(mark: str) -> list[psutil.Process]:
    """Processes that inherited a variable of this test's."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("GDA_TEST_LOG") == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.mark.slow
@pytest.mark.usefixtures("two_cpus")
def test_a_cell_whose_node_was_given_up_goes_again_though_ray_is_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a cable is cut: the cluster has buried the node, and of its task nothing is heard for minutes."""
    from gda_bench.executors import cluster

    asked: list[None] = []

    def lost() -> set[str]:
        asked.append(None)
        return {node["NodeID"] for node in ray.nodes()} if len(asked) == 1 else set()

    monkeypatch.setattr(cluster, "lost_nodes", lost)
    _, cells, seen = study(tmp_path, "ray", generator=f"{FAST}:Jitter", classifier=f"{FAST}:Centroid")
    assert len(asked) > 1
    ended = [key for event, key in seen.events if event == "ended"]
    assert sorted(ended) == sorted(cell.key for cell in cells), "each once"
    assert {outcome.status for outcome in seen.outcomes.values()} <= {"computed", "reused"}


@pytest.mark.parametrize(
    "sent",
    [pytest.param(signal.SIGINT, marks=pytest.mark.slow), pytest.param(signal.SIGKILL, marks=pytest.mark.by_hand)],
)
def test_an_interrupted_run_leaves_no_process_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: signal.Signals
) -> None:
    log = tmp_path / "log"
    environment = {**os.environ, "GDA_TEST_LOG": str(log), "RAY_worker_niceness": "0"}
    process = subprocess.Popen(
        command(tmp_path), env={**environment, "GDA_TEST_DELAY": "0.5"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  (no threads here)
    )  # fmt: skip
    deadline = time.monotonic() + 240
    while (not log.exists() or len(log.read_text().splitlines()) < 4) and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    # a terminal sends Ctrl-C to all of its processes
    (os.killpg if sent == signal.SIGINT else os.kill)(process.pid, sent)
    said, complaint = process.communicate(timeout=60)
    assert process.returncode == (130 if sent == signal.SIGINT else -9)
    if sent == signal.SIGINT:
        assert "nothing is lost" in complaint
        assert "Traceback" not in complaint
        assert said == ""
    deadline = time.monotonic() + 20
    while left := of_this_run(str(log)):
        assert time.monotonic() < deadline, f"still there: {[p.cmdline() for p in left]}"
        time.sleep(0.2)

    kept = set(records(tmp_path / "store"))
    trained = len(log.read_text().splitlines())
    assert len(kept) >= 3
    # the same store goes on with any executor
    monkeypatch.setenv("GDA_TEST_LOG", str(log))
    options = {"generator": f"{FAST}:Jitter", "classifier": f"{FAST}:Centroid", "seeds": 2}
    study(tmp_path, "local", **options, workers=1, store=tmp_path / "store")
    after = {key for key, r in records(tmp_path / "store").items() if r["preimage"]["stage"] in ("train", "embed")}
    assert len(log.read_text().splitlines()) - trained == len(after - kept), "no finished training ran again"
