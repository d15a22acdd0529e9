"""Several Ray nodes, all on this machine: one goes away, another does not see the store."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import gda_bench
from gda_bench.errors import UserError
from gda_bench.executors import QUIET_RAY
from gda_bench.report import Report

os.environ.update(QUIET_RAY)  # read when Ray is imported
ray = pytest.importorskip("ray", reason="the extra `ray` is not installed")

pytestmark = pytest.mark.by_hand
FAST = Path(__file__).parents[1] / "plugins" / "fast.py"
Run = Callable[..., Report]


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where every training leaves a line; each takes half a second."""
    monkeypatch.setenv("GDA_TEST_LOG", str(tmp_path / "log"))
    monkeypatch.setenv("GDA_TEST_DELAY", "0.5")
    monkeypatch.setenv("RAY_worker_niceness", "0")
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    return tmp_path / "log"


@pytest.fixture
def cluster(log: Path) -> Iterator[Any]:
    """A head without a CPU, and two nodes of one."""
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    for _ in range(2):
        made.add_node(num_cpus=1)
    yield made
    ray.shutdown()
    made.shutdown()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def call(**options: Any) -> Report:
        (report,) = gda_bench.run(
            task="digits", generator=f"{FAST}:Jitter", classifier=f"{FAST}:Centroid", seeds=1, device="cpu",
            set={"n_real": 40, "budget.amount": 20}, out=tmp_path / "out", **options,
        )  # fmt: skip
        return report

    return call


def test_a_lost_node_takes_nothing_with_it(run: Run, cluster: Any, log: Path, tmp_path: Path) -> None:
    def lose_one() -> None:
        while not log.exists() or len(log.read_text().splitlines()) < 4:
            time.sleep(0.1)
        cluster.remove_node(next(iter(cluster.worker_nodes)), allow_graceful=False)

    loss = threading.Thread(target=lose_one)
    loss.start()
    report = run(executor="ray", address=cluster.address, store=tmp_path / "ray")
    loss.join()
    assert {cell.status for cell in report.cells} == {"ok"}
    alone = run(workers=1, store=tmp_path / "local")
    assert [(c.key, c.metrics) for c in report.cells] == [(c.key, c.metrics) for c in alone.cells]


def test_a_killed_driver_takes_its_cells_with_it(cluster: Any, log: Path, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "gda_bench", "run", "--task", "digits", "--generator", f"{FAST}:Jitter", "--classifier",
         f"{FAST}:Centroid", "--executor", "ray", "--address", cluster.address, "--store", str(tmp_path / "store")],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while not log.exists() or len(log.read_text().splitlines()) < 3:
        assert process.poll() is None
        time.sleep(0.1)
    process.kill()
    process.wait()
    time.sleep(10)
    trained = log.read_text()
    time.sleep(5)
    assert log.read_text() == trained, "nothing trains on"


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="hiding a folder from a node takes root")
def test_a_node_that_does_not_see_the_store_is_named_before_any_work(
    run: Run, cluster: Any, log: Path, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    store.mkdir()
    start = f"{sys.executable} -m ray.scripts.scripts start --address={cluster.address} --num-cpus=1 --block"
    hidden = subprocess.Popen(
        ["unshare", "--mount", "sh", "-c", f"mount -t tmpfs none {store} && exec {start}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        _wait_for(cluster, 4)
        with pytest.raises(UserError, match=rf"^node .* does not see the store {store}: .*--store$"):
            run(executor="ray", address=cluster.address, store=store)
        assert not log.exists()
    finally:
        os.killpg(hidden.pid, signal.SIGTERM)
        hidden.wait(30)


def _wait_for(cluster: Any, nodes: int) -> None:
    ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")
    deadline = time.monotonic() + 120
    while sum(node["Alive"] for node in ray.nodes()) < nodes:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    ray.shutdown()
