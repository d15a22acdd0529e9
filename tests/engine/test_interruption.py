"""Ctrl-C and kill -9 half-way: no finished cell runs again, and the report's numbers are the same."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gda_bench.report import Report

PLUGINS = Path(__file__).parents[1] / "plugins" / "fast.py"


def command(out: Path, store: Path, workers: int) -> list[str]:
    return [
        sys.executable, "-m", "gda_bench", "run", "--task", "digits", "--generator", f"{PLUGINS}:Jitter",
        "--classifier", f"{PLUGINS}:Centroid", "--seeds", "4", "--set", "n_real=40", "--set", "budget.amount=200",
        "--out", str(out), "--store", str(store), "--workers", str(workers),
    ]  # fmt: skip


def finished(store: Path) -> set[str]:
    return {p.parent.name for p in store.glob("cells/*/*/record.json")}


def heed_interrupts() -> None:
    """A shell starts what it puts in the background deaf to Ctrl-C, and tests may be run from there."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def stages(store: Path) -> dict[str, str]:
    """What kind of work each finished cell is."""
    records = (json.loads(p.read_text()) for p in store.glob("cells/*/*/record.json"))
    return {record["key"]: record["preimage"]["stage"] for record in records}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("undisturbed")
    subprocess.run(command(folder / "out", folder / "store", 1), check=True, capture_output=True, timeout=300)
    return Report.load(next((folder / "out").glob("*/report.json")))


@pytest.mark.slow
@pytest.mark.parametrize(("sent", "workers"), [(signal.SIGINT, 2), (signal.SIGKILL, 1), (signal.SIGKILL, 2)])
def test_an_interrupted_run_goes_on_where_it_stopped(
    tmp_path: Path, undisturbed: Report, sent: signal.Signals, workers: int
) -> None:
    log, store, out = tmp_path / "log", tmp_path / "store", tmp_path / "out"
    environment = {**os.environ, "GDA_TEST_LOG": str(log)}
    # slow enough that it cannot end before it is interrupted, however busy the machine
    slowly = {**environment, "GDA_TEST_DELAY": "0.5"}
    process = subprocess.Popen(
        command(out, store, workers), env=slowly, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=heed_interrupts,  # noqa: PLW1509  (this process has no threads of its own)
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while (
        (not log.exists() or len(log.read_text().splitlines()) < 8)
        and process.poll() is None
        and time.monotonic() < deadline
    ):
        time.sleep(0.01)
    process.send_signal(sent)
    _, complaint = process.communicate(timeout=60)
    assert process.returncode == (130 if sent == signal.SIGINT else -9)
    if sent == signal.SIGINT:
        assert "nothing is lost" in complaint
        assert "Traceback" not in complaint
    time.sleep(1.5)  # workers of a killed driver notice within a second
    kept = finished(store)
    assert len(kept) >= 6
    assert not list(out.glob("*/report.json"))
    trained_before = len(log.read_text().splitlines())

    subprocess.run(command(out, store, workers), env=environment, check=True, capture_output=True, timeout=300)
    (report,) = out.glob("*/report.json")
    resumed = Report.load(report)
    trainings = {key for key, stage in stages(store).items() if stage in ("train", "embed")}
    assert trainings >= {c.key for c in resumed.cells}
    again = len(log.read_text().splitlines()) - trained_before
    assert again == len(trainings - kept), "every finished training was reused, every other ran once"

    assert [(c.key, c.metrics) for c in resumed.cells] == [(c.key, c.metrics) for c in undisturbed.cells]
    for part in ("arms", "real_curve", "equivalence", "controls", "audit", "warnings"):
        assert getattr(resumed, part) == getattr(undisturbed, part)
