"""The network between two Ray nodes is cut half-way, and does not come back before the study ends.

    python benchmark/faults/network.py > benchmark/faults/network.md

Needs root and the Debian package `iproute2`. Each node lives in a network namespace of its own on this machine, joined
by one cable; the store is on a disk that both see. Half-way the cable is pulled. The report must be, byte for byte
apart from times and memory, that of a study that nobody disturbed, and no cell may be computed twice.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gda_bench.executors import QUIET_RAY
from study import PATIENCE_S, Study, counted

HEAD, OTHER = "gda-head", "gda-other"
ADDRESS = {HEAD: "10.91.0.1", OTHER: "10.91.0.2"}
CABLE = {HEAD: "gda-c0", OTHER: "gda-c1"}
PORT = 6399
HALF_WAY = 25
"""Cells, of sixty-odd."""


def within(namespace: str, *command: str) -> list[str]:
    """A command that sees only that namespace's network."""
    return ["ip", "netns", "exec", namespace, *command]


def done(*command: str) -> None:
    """Run quietly; raises where it fails."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def namespaces() -> Iterator[None]:
    """Two networks and a cable between them."""
    try:
        for name in ADDRESS:
            done("ip", "netns", "add", name)
        done("ip", "link", "add", CABLE[HEAD], "type", "veth", "peer", "name", CABLE[OTHER])
        for name, address in ADDRESS.items():
            done("ip", "link", "set", CABLE[name], "netns", name)
            done(*within(name, "ip", "address", "add", f"{address}/24", "dev", CABLE[name]))
            for device in ("lo", CABLE[name]):
                done(*within(name, "ip", "link", "set", device, "up"))
        yield
    finally:
        for name in ADDRESS:
            subprocess.run(["ip", "netns", "delete", name], check=False)


@contextmanager
def nodes(folder: Path) -> Iterator[None]:
    """A Ray node of one CPU in each network."""
    ray = str(Path(sys.executable).with_name("ray"))
    common = ["--num-cpus=1", "--disable-usage-stats", f"--temp-dir={folder}"]
    try:
        head = ["--head", f"--port={PORT}", f"--node-ip-address={ADDRESS[HEAD]}", "--include-dashboard=false"]
        done(*within(HEAD, ray, "start", *head, *common))
        join = [f"--address={ADDRESS[HEAD]}:{PORT}", f"--node-ip-address={ADDRESS[OTHER]}"]
        done(*within(OTHER, ray, "start", *join, *common[:-1]))
        yield
    finally:
        subprocess.run([ray, "stop", "--force"], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main() -> None:
    os.environ.update({**QUIET_RAY, "RAY_AUTH_MODE": "disabled", "RAY_worker_niceness": "0"})
    root = Path(tempfile.mkdtemp(prefix="gda-net-"))
    calm = Study(root / "calm")
    assert calm.run() == 0, calm.last_words()
    study = Study(root / "cut", "ray", 2, before=within(HEAD), options=(f"{ADDRESS[HEAD]}:{PORT}",))
    with namespaces(), nodes(root / "ray"):
        run = study.start()
        deadline = time.monotonic() + PATIENCE_S
        while len(study.finished()) < HALF_WAY:
            assert run.poll() is None, study.last_words()
            assert time.monotonic() < deadline, study.last_words()
            time.sleep(0.05)
        done(*within(OTHER, "ip", "link", "set", CABLE[OTHER], "down"))
        cut, before = time.monotonic(), len(study.finished())
        code = run.wait(PATIENCE_S)
        seconds = time.monotonic() - cut
    assert code == 0, study.last_words()
    assert study.report() == calm.report(), "another report than the undisturbed one"
    computed = counted(study.lines(), "computed")
    assert set(computed.values()) == {1}, "a cell was computed twice"
    print("# A cut between two Ray nodes\n")
    print("Made by `benchmark/faults/network.py`, whose first lines say what is checked.\n")
    print(
        f"The cable was pulled with {before} of {len(computed)} cells in the store. The run ended {seconds:.0f} s "
        f"later with exit {code} on the node that was left, every cell computed once, and the same report."
    )


if __name__ == "__main__":
    main()
