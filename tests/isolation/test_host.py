"""The host's side: it goes on after whatever happens to a child, or to the process that forks them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from gda_bench.errors import UserError
from gda_bench.isolation import Isolation, IsolationError, Limits, host
from gda_bench.isolation.host import environment
from gda_bench.study.request import Request
from gda_bench.study.session import open_session

PROBE = "gda_bench.isolation.probe:probe"


def call(limits: Limits | None = None) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        secret = Path(folder) / "secret"
        secret.write_text("x")
        return Isolation("off", limits or Limits()).call(PROBE, {"file": str(secret)}, Path(folder)).value


def test_threads_take_turns() -> None:
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda: answers.append(call())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 6
    assert all("starting a process" in answer for answer in answers), "nothing is locked, and all is told"


def test_a_dead_process_is_started_again() -> None:
    call()
    (zygote,) = host._zygotes.values()
    zygote.process.kill()
    zygote.process.wait()
    assert call()


def test_the_process_outlives_the_thread_that_started_it() -> None:
    for zygote in host._zygotes.values():
        zygote.stop()
    thread = threading.Thread(target=call)
    thread.start()
    thread.join(60)
    (zygote,) = host._zygotes.values()
    assert call()
    assert list(host._zygotes.values()) == [zygote]


def test_a_limit_that_is_up_before_the_child_began_ends_it() -> None:
    with pytest.raises(IsolationError, match="took longer than the limit"):
        call(Limits(seconds=0.0))
    assert call()


def test_nothing_stays_behind_a_host_that_was_killed(tmp_path: Path) -> None:
    (tmp_path / "sleeper.py").write_text("import time\n\ndef sleep(arguments, out, progress):\n    time.sleep(600)\n")
    script = (
        "import tempfile, pathlib, gda_bench.isolation as i\n"
        "i.Isolation('off').call('sleeper:sleep', {}, pathlib.Path(tempfile.mkdtemp()))\n"
    )
    search = os.pathsep.join([str(tmp_path), *sys.path])
    host_process = subprocess.Popen([sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": search})
    family = _until(lambda: psutil.Process(host_process.pid).children(recursive=True), lambda found: len(found) == 2)
    assert len(family) == 2, "the process that forks, and the child"
    host_process.kill()
    host_process.wait(30)
    assert not _until(lambda: [p for p in family if p.is_running()], lambda found: not found)


def _until(look: Callable[[], list[Any]], enough: Callable[[list[Any]], bool]) -> list[Any]:
    """What is seen, as soon as it is enough, or after a while."""
    deadline = time.monotonic() + 30
    while not enough(found := look()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def test_what_must_be_enforced_and_cannot_is_refused_before_a_plugin_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin = tmp_path / "plugin.py"
    plugin.write_text(f"open({str(tmp_path / 'loaded')!r}, 'w')\n")
    monkeypatch.setattr(host, "_seen", lambda device: "not enforced: no Landlock in this kernel")
    request = Request(task=["digits"], generator=[f"{plugin}:Plugin"], isolation="require", store=tmp_path / "store")
    with pytest.raises(UserError, match="--isolation require: not enforced: no Landlock in this kernel; use"):
        open_session(request)
    assert not (tmp_path / "loaded").exists()


def test_an_interrupted_call_leaves_the_next_one_its_own_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(zygote: Any, wait_s: float) -> list[str]:
        raise KeyboardInterrupt

    call()
    with monkeypatch.context() as patched:
        patched.setattr(host._Zygote, "hear", interrupted)
        with pytest.raises(KeyboardInterrupt):
            call()
    assert "starting a process" in call()


@pytest.mark.parametrize("after_s", [0.0, 0.002, 0.02])
def test_nothing_of_an_interrupted_call_is_left(
    after_s: float, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The child may begin between the request and the interrupt, before anybody was told its number."""

    def interrupted(zygote: Any, wait_s: float) -> list[str]:
        time.sleep(after_s)
        raise KeyboardInterrupt

    (tmp_path / "slow_child.py").write_text("import time\n\ndef work(*_):\n    time.sleep(600)\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # what all of its processes are known by
    call()
    assert known_by(tmp_path), "the process that forks is found"
    monkeypatch.setattr(host._Zygote, "hear", interrupted)
    with tempfile.TemporaryDirectory() as name, pytest.raises(KeyboardInterrupt):
        Isolation("off").call("slow_child:work", {}, Path(name))
    assert not known_by(tmp_path)


def known_by(folder: Path) -> list[psutil.Process]:
    """The processes that still run and were told to keep their scratch files there."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get("TMPDIR") == str(folder):
                found.append(process)
    return found


@pytest.mark.parametrize("kills", [1, host.PROBES])
def test_a_process_that_was_killed_under_the_first_look_says_nothing_of_the_kernel(
    kills: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by killing processes at random: all later children of that worker went unlocked."""
    before = Isolation().enforcement()
    host._seen.cache_clear()
    ask, asked = host._Zygote.ask, []

    def killed(self: host._Zygote, folder: Path) -> None:
        asked.append(folder)
        if len(asked) <= kills:
            self.process.kill()
            self.process.wait()
        ask(self, folder)

    monkeypatch.setattr(host._Zygote, "ask", killed)
    try:
        found = Isolation().enforcement()
    finally:
        host._seen.cache_clear()
    assert found == before if kills < host.PROBES else found.startswith("not enforced: the process")


def test_what_libraries_ask_on_import_leaves_the_gpu_to_children() -> None:
    """CUDA, once open, is of no use to a forked process, and some libraries open it when they are imported."""
    script = """
import importlib, os, pkgutil, torch
torch.cuda._device_count_nvml = lambda: 1  # as where there is a driver
import gda_generators
for found in pkgutil.iter_modules(gda_generators.__path__):
    importlib.import_module(f"gda_generators.{found.name}")
importlib.import_module("torch._dynamo")
child = os.fork()
if child == 0:
    os._exit(torch.cuda._is_in_bad_fork())
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    given = {**environment("cuda"), "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    ended = subprocess.run([sys.executable, "-c", script], env=given, check=False, capture_output=True)
    assert ended.returncode == 0, ended.stderr.decode()
