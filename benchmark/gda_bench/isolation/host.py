"""The host's side: start the clean process, hand over work, watch it, and believe nothing that comes back."""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

import psutil

from gda_bench.errors import UserError
from gda_bench.isolation.limits import GIB, MOST_THREADS, Limits
from gda_bench.isolation.paths import access_to

Mode = Literal["auto", "require", "off"]
"""`auto`: enforced where the kernel can. `require`: refuse to run where it can not. `off`: apart, but not locked."""
MODES: tuple[Mode, ...] = get_args(Mode)

Kind = Literal["error", "refused", "memory", "time", "disk", "threads", "crash", "answer"]

TICK_S = 0.1
DISK_TICKS = 10
PATIENCE_S = 5.0
ENDED = {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}
"""A container's first process may never ask how an orphan ended: it stays in the table, and writes no more."""
MOST_ANSWER = 2**20
MOST_MESSAGE = 4000
MOST_ENTRIES = 100_000
EMPTY_FILE = 4096
"""What a file counts at least."""
PHASES = ("import", "fit", "save", "load", "sample", "check samples")
KEPT_VARIABLES = (
    "PATH",
    "TMPDIR",
    "LANG",
    "LC_ALL",
    "TZ",
    "LD_LIBRARY_PATH",
    "CUDA_VISIBLE_DEVICES",
    "NVIDIA_VISIBLE_DEVICES",
)
QUIET = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
FORKABLE = {"PYTORCH_NVML_BASED_CUDA_CHECK": "1"}
"""Libraries ask on import whether there is a GPU: the usual answer opens CUDA, which no forked child can use then."""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
BOOT = "import sys; sys.path[:] = sys.argv[1:]; from gda_bench.isolation.child import serve; serve()"


PROBES = 3
"""Looks at what a locked child can do, where the process that is looked at dies."""


class IsolationError(RuntimeError):
    """The child did not do its work. kind: why. details: its traceback, or the end of what it printed. phase: what the
    function was at, where it said so."""

    def __init__(self, kind: Kind, message: str, details: str = "", phase: str = "") -> None:
        super().__init__(message)
        self.kind, self.details, self.phase = kind, details, phase
        if details:
            self.add_note(details)


@dataclass(frozen=True, slots=True)
class Answer:
    """value: what the function returned, plain JSON. cpu_s: in seconds. peak_memory_mb: MiB, libraries included."""

    value: Any
    cpu_s: float
    peak_memory_mb: float


@dataclass(frozen=True, slots=True)
class Isolation:
    """How children are kept. mode: see `Mode`. limits: what each may use."""

    mode: Mode = "auto"
    limits: Limits = field(default_factory=Limits)

    def enforcement(self, device: str = "cpu") -> str:
        """What the kernel holds children to, in words that begin with `enforced` or `not enforced`.

        Raises UserError where it must be enforced and can not.
        """
        if self.mode == "off":
            return "not enforced: switched off"
        found = _seen(device)
        if self.mode == "require" and not found.startswith("enforced"):
            raise UserError(f"--isolation require: {found}; use --isolation auto to run all the same")
        return found

    def call(
        self,
        function: str,
        arguments: Mapping[str, Any],
        folder: Path,
        *,
        given: Sequence[Path] = (),
        shown: Sequence[Path] = (),
        hidden: Sequence[Path] = (),
        preload: Sequence[str] = (),
        trains: bool = False,
        device: str = "cpu",
        progress: Callable[[float], None] = lambda fraction: None,
    ) -> Answer:
        """`module:function(arguments, out, progress)` in a child of its own.

        folder: an existing one for this call alone; what the child may read beside the libraries lies in `folder/in`,
        what it wrote is in `folder/out` afterwards. given: further paths to read. shown: folders whose names may be
        listed. hidden: paths in these or in the libraries that it may not. preload: trusted modules, imported once for
        all children. trains: whether what an optimiser takes is to be ready too. Raises IsolationError.
        """
        work = _Work(
            function, dict(arguments), tuple(given), tuple(shown), tuple(hidden), tuple(preload), trains, device
        )
        return work.done(folder, self.limits.capped(), self.enforcement(device).startswith("enforced"), progress)


@dataclass(frozen=True, slots=True)
class _Work:
    function: str
    arguments: dict[str, Any]
    given: tuple[Path, ...] = ()
    shown: tuple[Path, ...] = ()
    hidden: tuple[Path, ...] = ()
    preload: tuple[str, ...] = ()
    trains: bool = False
    device: str = "cpu"

    def done(self, folder: Path, limits: Limits, enforce: bool, progress: Callable[[float], None]) -> Answer:
        (folder / "in").mkdir(exist_ok=True)
        (folder / "out").mkdir()
        request = {
            # by hand: asdict copies every path and every number of the arguments, in every call
            **{part.name: getattr(self, part.name) for part in fields(self)},
            "access": access_to(self.given, self.shown, self.hidden, self.device).as_dict(),
            "environment": environment(self.device),
            "limits": asdict(limits),
            "enforce": enforce,
        }
        (folder / "request.json").write_text(json.dumps(request, default=str), encoding="utf-8")
        with _one_at_a_time:  # threads of one process share the pipe to the process that forks
            return _Watch(_zygote(self.device), folder, limits).until_done(progress)


def environment(device: str) -> dict[str, str]:
    """The few variables that a child needs: no secret of its user's is among them."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return {**kept, **QUIET, **(ONE_THREAD if device == "cpu" else FORKABLE)}


class _Zygote:
    """The clean process that children are forked from."""

    def __init__(self, device: str) -> None:
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115  (lives as long as the process)
        self.process = subprocess.Popen(
            [sys.executable, "-s", "-P", "-c", BOOT, *(str(Path(p).resolve()) for p in sys.path if p)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, bufsize=0, close_fds=True,
            env=environment(device), cwd="/",
        )  # fmt: skip
        atexit.register(self.stop)

    def stop(self) -> None:
        """It and what it forked have ended when this returns: nobody writes to a folder that its owner removes next."""
        if not self.alive:  # its number may be another's by now
            return
        began: list[psutil.Process] = []
        with suppress(psutil.Error):
            itself = psutil.Process(self.process.pid)
            itself.suspend()  # a stopped process forks no more
            _soon(lambda: _ended(itself) or itself.status() == psutil.STATUS_STOPPED)
            began = itself.children(recursive=True)
        for process in began:
            with suppress(psutil.Error):
                process.kill()
        self.process.kill()
        self.process.wait()
        _soon(lambda: all(map(_ended, began)))

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def ask(self, folder: Path) -> None:
        assert self.process.stdin
        try:
            self.process.stdin.write(f"{folder}\n".encode())
        except BrokenPipeError:
            raise self._ended() from None

    def hear(self, wait_s: float) -> list[str] | None:
        """The words of the next line; None where none came in time. Raises IsolationError where none will come."""
        assert self.process.stdout
        if not select.select([self.process.stdout], [], [], wait_s)[0]:
            return None
        line = self.process.stdout.readline()
        if not line:
            raise self._ended()
        return str(line.decode()).split()

    def _ended(self) -> IsolationError:
        self.errors.seek(0)
        said = self.errors.read().decode(errors="replace").strip().splitlines()
        return IsolationError("crash", f"the process that starts children ended: {said[-1] if said else 'silently'}")


def _ended(process: psutil.Process) -> bool:
    try:
        return process.status() in ENDED
    except psutil.NoSuchProcess:
        return True


def _soon(happened: Callable[[], bool]) -> None:
    """Wait for what takes milliseconds, and no longer than `PATIENCE_S` where it does not come."""
    latest = time.monotonic() + PATIENCE_S
    while not happened() and time.monotonic() < latest:
        time.sleep(0.001)


_one_at_a_time = threading.Lock()
_zygotes: dict[tuple[str, ...], _Zygote] = {}


def _zygote(device: str) -> _Zygote:
    """The clean process of this device and this search path, started when it is first needed."""
    wanted = (device, *sys.path)
    if wanted not in _zygotes or not _zygotes[wanted].alive:
        for other in _zygotes.values():
            other.stop()
        _zygotes.clear()
        _zygotes[wanted] = _Zygote(device)
    return _zygotes[wanted]


class _Watch:
    """One child, from its first breath to its answer."""

    def __init__(self, zygote: _Zygote, folder: Path, limits: Limits) -> None:
        self.zygote, self.folder, self.limits = zygote, folder, limits
        self.pid: int | None = None
        self.broken: IsolationError | None = None

    def until_done(self, progress: Callable[[float], None]) -> Answer:
        ended = None
        try:
            self.zygote.ask(self.folder)
            ended = self._wait(progress)
        finally:
            if ended is None:  # interrupted: the child, and the process that waits for it, must not stay behind
                self._kill()
                self.zygote.stop()
        if self.broken:
            raise self.broken
        code, cpu_s, peak_mb = int(ended[0]), float(ended[1]), float(ended[2])
        return Answer(self._answer(code), cpu_s, peak_mb)

    def _wait(self, progress: Callable[[float], None]) -> list[str]:
        began, ticks = time.monotonic(), 0
        while True:
            match self.zygote.hear(TICK_S):
                case ["began", pid]:
                    self.pid = int(pid)
                case ["ended", *words]:
                    return words
            ticks += 1
            progress(self._told())
            self.broken = self.broken or self._excess(time.monotonic() - began, ticks)
            if self.broken:  # again where it had not begun yet when its time was up
                self._kill()

    def _excess(self, seconds: float, ticks: int) -> IsolationError | None:
        limits = self.limits
        if seconds > limits.seconds:
            return IsolationError("time", f"took longer than the limit of {limits.seconds / 3600:.3g} hours")
        if self.pid is None:
            return None
        with suppress(psutil.Error):
            child = psutil.Process(self.pid)
            if child.memory_info().rss > limits.memory + GIB:
                return IsolationError("memory", f"used more memory than the limit of {limits.memory / GIB:.3g} GB")
            if child.num_threads() > MOST_THREADS:
                return IsolationError("threads", f"started more than {MOST_THREADS} threads")
        if ticks % DISK_TICKS == 0 and _written(self.folder) > limits.disk:
            return IsolationError("disk", f"wrote more than the limit of {limits.disk / GIB:.3g} GB")
        return None

    def _told(self) -> float:
        try:
            with (self.folder / "progress").open("rb") as f:
                return min(1.0, max(0.0, float(f.read(16).split(b"\n")[0])))
        except (OSError, ValueError, IndexError):
            return 0.0

    def _kill(self) -> None:
        if self.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def _answer(self, code: int) -> Any:
        text = _head(self.folder / "answer", MOST_ANSWER)
        if code != 0 or not text:
            said = _plain(_head(self.folder / "log", MOST_MESSAGE).decode(errors="replace"), keep="\n")
            raise IsolationError("crash", _ending(code), said)
        try:
            document = json.loads(text, parse_constant=_no_number)
            if "error" in document:
                phase = document["phase"] if document["phase"] in PHASES else ""
                message, details = _plain(document["error"]), _plain(document["traceback"], keep="\n")
                raise IsolationError(_known(document["kind"]), message, details, phase)
            return document["value"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise IsolationError("answer", "its answer is damaged or too large") from None


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _plain(text: Any, keep: str = "") -> str:
    """Foreign text that cannot move a terminal's cursor, nor fill a report."""
    return "".join(c if c.isprintable() or c in keep else " " for c in str(text)[:MOST_MESSAGE])


def _known(kind: Any) -> Kind:
    return kind if kind in get_args(Kind) else "error"


def _ending(code: int) -> str:
    if code < 0:
        with suppress(ValueError):
            name = signal.Signals(-code).name
            hint = ", perhaps for lack of memory" if name == "SIGKILL" else ""
            return f"its process was ended by {name}{hint}"
    return f"its process ended with exit code {code} and no answer"


def _head(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as f:
            return f.read(most)
    except OSError:
        return b""


def _written(folder: Path) -> float:
    """Bytes that a child's files take; endless where they are too many to count, or lie too deep."""
    total = 0
    unreadable: list[OSError] = []
    for entries, (root, folders, names) in enumerate(os.walk(folder, onerror=unreadable.append)):
        if unreadable or entries > MOST_ENTRIES or len(names) + len(folders) > MOST_ENTRIES:
            return float("inf")
        for name in names:
            with suppress(OSError):
                total += max((Path(root) / name).lstat().st_blocks * 512, EMPTY_FILE)
    return total


@lru_cache
def _seen(device: str) -> str:
    """What a locked child can still do, seen once for the process."""
    for tries_left in reversed(range(PROBES)):
        try:
            went_through = _went_through(device)
        except IsolationError as error:
            # one that somebody killed says nothing of the kernel, and all children after it would go unlocked
            if error.kind == "crash" and tries_left:
                continue
            return f"not enforced: {error}"
        if went_through:
            return f"not enforced: {' and '.join(went_through)} was not stopped"
        break
    return "enforced by Landlock and seccomp"


def _went_through(device: str) -> list[str]:
    """What of the forbidden a locked child could do."""
    with tempfile.TemporaryDirectory(prefix="gda-bench-") as name:
        folder = Path(name)
        secret = folder / "secret"
        secret.write_text("not for children")
        work = _Work("gda_bench.isolation.probe:probe", {"file": str(secret)}, device=device)
        return list(work.done(folder, Limits().capped(), True, lambda fraction: None).value)


def regular_files(folder: Path, most: int) -> list[Path]:
    """The files that a child left in a folder. Raises IsolationError on links and anything else that is no plain file,
    and on more than `most` bytes."""
    found, total = [], 0
    for root, names, files in os.walk(folder):
        for name in (*names, *files):
            path = Path(root) / name
            status = path.lstat()
            if stat.S_ISDIR(status.st_mode):
                continue
            if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
                raise IsolationError("answer", f"left {name!r}, which is no plain file")
            total += status.st_size
            found.append(path)
    if total > most:
        raise IsolationError("answer", f"left {total / GIB:.3g} GB, more than the limit of {most / GIB:.3g} GB")
    return found
