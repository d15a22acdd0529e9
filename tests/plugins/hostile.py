"""A generator that tries, in its fit, what it must not; an attack that gets anywhere says ESCAPED."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from gda_bench.api import I64, U8, Generator, Images, RunContext, TaskInfo

HERE = Path(__file__)
Attack = Callable[[str, int], object]
"""Of a secret file's path and the host's process id. Raises OSError where it is stopped; what it returns, it got."""

PROCESS_VM_READV, PTRACE, PIDFD_OPEN, IO_URING_SETUP, UNSHARE, SHMGET, KEYCTL, OPEN_BY_HANDLE = (
    310, 101, 434, 425, 272, 29, 250, 304,
)  # fmt: skip
NEW_USER = 0x10000000


def _syscall(number: int, *arguments: int) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    found = int(libc.syscall(number, *map(ctypes.c_long, arguments)))
    if found < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return found


def _read(path: str) -> Attack:
    return lambda secret, host: Path(path.format(secret=secret, host=host)).read_bytes()


def _write(path: str) -> Attack:
    return lambda secret, host: Path(path.format(secret=secret, host=host)).open("a")


def _call(number: int, *arguments: int) -> Attack:
    return lambda secret, host: _syscall(number, *(host if a == -99 else a for a in arguments)) or "done"


def _sockets(family: int) -> Attack:
    return lambda secret, host: socket.socket(family, socket.SOCK_RAW if family == 17 else socket.SOCK_STREAM)


def _foreign_descriptors(secret: str, host: int) -> object:
    """Open descriptors of anything but the files that this process was handed."""
    own = str(Path.cwd().parent)
    links = [os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if _is_open(int(fd))]
    return [link for link in links if not link.startswith((own, "/dev/null", "/proc"))]


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def _fork(secret: str, host: int) -> object:
    if os.fork() == 0:
        os._exit(0)
    return "forked"


def _thread_bomb(secret: str, host: int) -> object:
    for _ in range(20_000):
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    return "20,000 threads"


def _digits(secret: str, host: int) -> object:
    from sklearn.datasets import load_digits

    return load_digits()


def _chmod(secret: str, host: int) -> object:
    Path(secret).chmod(0o777)
    return Path(secret).stat().st_mode & 0o777 == 0o777


def _mode_of_time(secret: str, host: int) -> object:
    os.utime(secret, (0, 0))
    return Path(secret).stat().st_mtime == 0


def _hoard(secret: str, host: int) -> object:
    held = []
    while True:
        held.append(np.ones(2**24))


def _flood(secret: str, host: int) -> object:
    for i in range(10_000):
        with Path(f"flood{i}").open("wb") as f:
            f.write(b"x" * 2**22)
    return "40 GB"


def _sparse(secret: str, host: int) -> object:
    with Path("sparse").open("wb") as f:
        f.truncate(2**40)
    return "a terabyte"


def _forge(text: str) -> Attack:
    def forge(secret: str, host: int) -> object:
        for fd in range(3, 20):
            try:
                os.write(fd, text.encode())
            except OSError:
                continue
        os._exit(0)

    return forge


def _no_limits(secret: str, host: int) -> object:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    return "no limits"


def _complain(text: str) -> Attack:
    def complain(secret: str, host: int) -> object:
        raise RuntimeError(text)

    return complain


def _inject(secret: str, host: int) -> object:
    import fcntl

    return fcntl.ioctl(0, 0x5412, b"x")


ATTACKS: dict[str, Attack] = {
    "read the test split by its path": _read("{secret}"),
    "read it through /proc/self/root": _read("/proc/self/root{secret}"),
    "read it through the host's root": _read("/proc/{host}/root{secret}"),
    "read digits from scikit-learn's folder": _digits,
    "read the host's memory": _read("/proc/{host}/mem"),
    "read the host's variables": _read("/proc/{host}/environ"),
    "list the host's descriptors": lambda secret, host: os.listdir(f"/proc/{host}/fd"),
    "copy the host's memory": _call(PROCESS_VM_READV, -99, 0, 0, 0, 0, 0),
    "trace the host": _call(PTRACE, 16, -99, 0, 0),
    "take the host's descriptors": _call(PIDFD_OPEN, -99, 0),
    "use descriptors it inherited": _foreign_descriptors,
    "signal the host": lambda secret, host: os.kill(host, signal.SIGCONT) or "signalled",
    "signal everybody": lambda secret, host: os.kill(-1, 0) or "signalled",
    "list the folder of the test split": lambda secret, host: os.listdir(Path(secret).parent),
    "list /tmp": lambda secret, host: os.listdir("/tmp"),
    "write beside the test split": _write("{secret}.copy"),
    "write into the test split": _write("{secret}"),
    "write into its own code": _write(str(HERE)),
    "write into numpy": _write(np.__file__),
    "write into shared memory": _write("/dev/shm/gda-bench-left-behind"),
    "write into what it was handed": lambda secret, host: Path("../in/train.npz").open("r+b"),
    "leave a link to the test split": lambda secret, host: os.symlink(secret, "link") or "linked",
    "leave a hard link to the test split": lambda secret, host: os.link(secret, "link") or "linked",
    "leave a pipe": lambda secret, host: os.mkfifo("pipe") or "piped",
    "leave a device": lambda secret, host: os.mknod("device", 0o60644, os.makedev(8, 0)) or "made",
    "move a file out": lambda secret, host: (Path("loot").write_text("x"), Path("loot").rename(f"{secret}.loot")),
    "open a file by its handle": _call(OPEN_BY_HANDLE, -100, 0, 0),
    **{
        f"open a socket of the family {name}": _sockets(number)
        for name, number in {"IPv4": 2, "IPv6": 10, "Unix": 1, "netlink": 16, "packet": 17, "vsock": 40}.items()
    },
    "open a pair of sockets": lambda secret, host: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM),
    "empty the test split": lambda secret, host: os.truncate(secret, 0) or "emptied",
    "empty its own code while reading it": lambda secret, host: os.open(HERE, os.O_RDONLY | os.O_TRUNC),
    "slow the host down": lambda secret, host: os.setpriority(os.PRIO_PROCESS, host, 19) or "slowed",
    "pin the host to a core": lambda secret, host: os.sched_setaffinity(host, {0}) or "pinned",
    "go round by io_uring": _call(IO_URING_SETUP, 4, 0),
    "fork": _fork,
    "start a program": lambda secret, host: subprocess.run(["/bin/true"], check=True),
    "spawn a program": lambda secret, host: os.posix_spawn("/bin/true", ["true"], {}),
    "become another program": lambda secret, host: os.execv("/bin/true", ["true"]),
    "start threads without end": _thread_bomb,
    "make a namespace of its own": _call(UNSHARE, NEW_USER),
    "change its root": lambda secret, host: os.chroot("/") or "changed",
    "share memory with later children": _call(SHMGET, 0x6DA, 4096, 0o1666),
    "hide memory in a file": lambda secret, host: os.memfd_create("hidden"),
    "keep a key for later children": _call(KEYCTL, 0, -3, 0),
    "lift its limits": _no_limits,
    "type into the terminal": _inject,
    "change the mode of the test split": _chmod,
    "change the time of the test split": _mode_of_time,
    "find a secret in its variables": lambda secret, host: [v for v in os.environ.values() if "hush" in v],
    "sleep for ever": lambda secret, host: time.sleep(600),
    "take all memory": _hoard,
    "fill the disk with files": _flood,
    "fill the disk with one": _sparse,
    "say that the disk is full": _complain("No space left on device"),
    "move the terminal's cursor": _complain("\x1b[2J\x1b[H\x07all is well"),
    "leave without a word": lambda secret, host: os._exit(0),
    "leave with an error": lambda secret, host: os._exit(3),
    "crash": lambda secret, host: ctypes.string_at(0),
    "forge an answer that is none": _forge("{'value'"),
    "forge an answer without end": _forge("[" * 100_000),
    "forge an answer with no results": _forge(json.dumps({"value": {"notes": {"x": "y"}}})),
    "raise what nobody catches": lambda secret, host: (_ for _ in ()).throw(KeyboardInterrupt("mine")),
}


class Hostile(Generator):
    """Tries one attack when it is fitted."""

    def __init__(self, *, attack: str = "", secret: str = "", host: int = 0) -> None:
        self.attack, self.secret, self.host = attack, secret, host

    def fit(self, train: Images, task: TaskInfo, ctx: RunContext) -> None:
        got = ATTACKS[self.attack](self.secret, self.host)
        raise RuntimeError(f"ESCAPED: {got!r}" if got else "got nothing")

    def sample(self, labels: I64, ctx: RunContext) -> U8:
        raise NotImplementedError

    def save(self, path: Path) -> None:
        (path / "nothing").touch()

    def load(self, path: Path) -> None:
        pass


class Forger(Hostile):
    """Fits honestly, then forges what comes back from sampling. attack: what lies where the samples should."""

    def fit(self, train: Images, task: TaskInfo, ctx: RunContext) -> None:
        self.shape = task.shape

    def sample(self, labels: I64, ctx: RunContext) -> U8:
        right = np.zeros((len(labels), 8, 8, 1), np.uint8)
        forged = {
            "pickles": np.array([{"a": 1}] * len(labels), object),
            "oversized": np.zeros((10 * len(labels), 8, 8, 1), np.uint8),
            "one short": right[:-1],
            "all the same": right,
            "floats": np.full(right.shape, np.nan, np.float32),
        }[self.attack]
        np.save("samples.npy", forged, allow_pickle=True)
        _forge(json.dumps({"value": {"notes": {}}}))(self.secret, self.host)
        return right


class NotANumber(Hostile):
    """Samples floats that are not numbers."""

    def fit(self, train: Images, task: TaskInfo, ctx: RunContext) -> None:
        pass

    def sample(self, labels: I64, ctx: RunContext) -> U8:
        return np.full((len(labels), 8, 8, 1), np.nan, np.float32)  # type: ignore[return-value]
