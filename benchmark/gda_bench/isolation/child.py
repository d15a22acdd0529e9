"""The two processes on the other side: a clean one that waits and forks, and the child that does one piece of work.

They share with the host a folder for each piece of work: request.json and what is given to read; `out`, the one place
to write; progress and answer, two files that the child holds open before it is locked down.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, NoReturn

TICK_S = 0.01
MOST_TEXT = 4000
"""Characters kept of an error's message, and of its traceback."""

Progress = Callable[[float], None]


def serve() -> None:
    """Wait for folders, a line each on standard input, and fork a child for each; say who began and who ended.

    Trusted modules that a request names are imported here, once, so that no child pays for them again.
    """
    host = os.getppid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the host's to handle
    for line in sys.stdin:
        folder = Path(line.rstrip("\n"))
        request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
        for module in request["preload"]:
            with suppress(Exception):  # the child will meet the same error, and tell it
                importlib.import_module(module)
        # an optimiser's first step loads it: two seconds or three that every child would pay
        if request["trains"] and "torch" in sys.modules:
            with suppress(Exception):
                importlib.import_module("torch._dynamo")
        pid = os.fork()
        if pid == 0:
            _work(folder, request)
        _say(f"began {pid}")
        status, used = _wait_for(pid, host)
        cpu = used.ru_utime + used.ru_stime
        _say(f"ended {os.waitstatus_to_exitcode(status)} {cpu:.3f} {used.ru_maxrss / 2**10:.1f}")


def _wait_for(pid: int, host: int) -> tuple[int, resource.struct_rusage]:
    """How the child ended, and what it used. Without the host there is no work: both end."""
    while True:
        ended, status, used = os.wait4(pid, os.WNOHANG)
        if ended:
            return status, used
        if os.getppid() != host:
            os.kill(pid, signal.SIGKILL)
            os._exit(1)
        time.sleep(TICK_S)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _work(folder: Path, request: dict[str, Any]) -> NoReturn:
    """Never returns, and never raises: what happened is in the answer."""
    answer: IO[str] | None = None
    try:
        answer, progress = _take_place(folder)
        _restrict(folder, request)
        _write(answer, {"value": _call(request, folder / "out", progress)})
    except BaseException as error:  # of foreign code anything may come, SystemExit too
        if answer:
            with suppress(BaseException):
                _write(answer, _told(error))
    finally:
        os._exit(0)


def _take_place(folder: Path) -> tuple[IO[str], Progress]:
    """Away from the terminal and from every descriptor of the process that forked; only files of the folder remain."""
    from gda_bench.isolation.lockdown import die_with_parent

    die_with_parent()
    os.setsid()
    os.umask(0o077)
    answer, told, log = (
        os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) for name in ("answer", "progress", "log")
    )
    nothing = os.open(os.devnull, os.O_RDONLY)
    for wanted, have in enumerate((nothing, log, log)):
        os.dup2(have, wanted)
    kept = {0, 1, 2, answer, told}
    for descriptor in range(3, os.sysconf("SC_OPEN_MAX") if os.sysconf("SC_OPEN_MAX") < 2**16 else 2**16):
        if descriptor not in kept:
            with suppress(OSError):
                os.close(descriptor)
    os.chdir(folder / "out")

    def progress(fraction: float) -> None:
        os.pwrite(told, f"{min(1.0, max(0.0, float(fraction))):.4f}\n".encode(), 0)

    return os.fdopen(answer, "w", encoding="utf-8"), progress


def _restrict(folder: Path, request: dict[str, Any]) -> None:
    from gda_bench.isolation.limits import Limits
    from gda_bench.isolation.lockdown import lock_down
    from gda_bench.isolation.paths import Access

    out, device = folder / "out", request["device"]
    os.environ.clear()
    os.environ.update({**request["environment"], "HOME": str(out), "TMPDIR": str(out / "tmp")})
    (out / "tmp").mkdir()
    Limits(**request["limits"]).impose(device)
    if not request["enforce"]:
        return
    if device != "cpu":
        _open_driver()
    access = Access(*(tuple(Path(p) for p in request["access"][name]) for name in ("listed", "readable")))
    lock_down(access, folder / "in", out, device)


def _open_driver() -> None:
    """Before the lock: on its start CUDA's driver opens and listens at a socket, which no generator may. The thread
    that does stays outside of the lock on paths; those that a device's context starts later are within."""
    with suppress(OSError):  # another maker's, or none
        ctypes.CDLL("libcuda.so.1").cuInit(0)


def _call(request: dict[str, Any], out: Path, progress: Progress) -> Any:
    module, _, name = request["function"].partition(":")
    if request["device"] == "cpu" and "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return function(request["arguments"], out, progress)


def _write(answer: IO[str], document: dict[str, Any]) -> None:
    json.dump(document, answer)
    answer.flush()


def _told(error: BaseException) -> dict[str, Any]:
    message = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    lines = "".join(traceback.format_exception(error))
    return {
        "error": message[:MOST_TEXT],
        "traceback": lines[-MOST_TEXT:],
        "kind": _kind(error),
        "phase": getattr(error, "gda_phase", ""),
    }


def _kind(error: BaseException) -> str:
    if isinstance(error, MemoryError) or "can't allocate memory" in str(error) or "out of memory" in str(error):
        return "memory"
    return "refused" if isinstance(error, PermissionError) else "error"
