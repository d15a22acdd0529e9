"""What a child gives up before any foreign code runs; none of it can be taken back."""

from __future__ import annotations

import ctypes
import errno
import glob
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

from gda_bench.isolation.paths import GPU_DEVICES, Access

PR_SET_PDEATHSIG = 1
CLONE_THREAD = 0x10000

# refused with EPERM, wherever the kernel and the filter's library know them
FORBIDDEN = (
    # the network, and what goes round it
    "socket socketpair socketcall connect bind listen accept accept4 io_uring_setup io_uring_enter io_uring_register",
    # new processes and programs
    "fork vfork execve execveat",
    # other processes
    "ptrace process_vm_readv process_vm_writev process_madvise pidfd_open pidfd_getfd pidfd_send_signal kcmp "
    "rt_sigqueueinfo rt_tgsigqueueinfo tkill migrate_pages move_pages",
    # other processes' share of the machine
    "setpriority ioprio_set sched_setscheduler sched_setparam sched_setattr",
    # memory that outlives or leaves the process
    "shmget shmat shmctl msgget msgsnd msgrcv semget semop mq_open memfd_secret userfaultfd",
    # names, keys and handles that go round paths; emptying a file, which Landlock guards from Linux 6.2 on only
    "truncate open_by_handle_at name_to_handle_at add_key request_key keyctl",
    # the system, where the user is root
    "mount umount umount2 pivot_root chroot fsopen fsconfig fsmount fspick move_mount open_tree mount_setattr unshare "
    "setns bpf perf_event_open init_module finit_module delete_module kexec_load kexec_file_load reboot swapon swapoff "
    "acct quotactl quotactl_fd iopl ioperm settimeofday clock_settime adjtimex clock_adjtime sethostname setdomainname "
    "syslog vhangup fanotify_init lookup_dcookie",
)
# answered with success and not done: Landlock does not guard them, and libraries that copy files call them
IGNORED = (
    "chmod fchmod fchmodat chown fchown lchown fchownat utime utimes utimensat futimesat "
    "setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr"
)
# newer than some libraries that translate names; numbers are the same on every architecture
IGNORED_NUMBERS = {"fchmodat2": 452, "setxattrat": 463, "removexattrat": 466, "file_setattr": 469}
TIOCSTI, TIOCLINUX = 0x5412, 0x541C


def lock_down(access: Access, given: Path, writable: Path, device: str) -> None:
    """Keep this process to its paths and from all that `FORBIDDEN` names.

    given: one more folder to read. writable: the one folder to write into. Raises OSError or
    ImportError where the kernel or a library cannot do it.
    """
    import pyseccomp  # noqa: F401  (looks for its library by starting a program: not possible any more afterwards)

    _restrict_paths(access, given, writable, device)
    _restrict_calls(device)


def die_with_parent() -> None:
    """Let the kernel end this process when its parent ends."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _restrict_paths(access: Access, given: Path, writable: Path, device: str) -> None:
    from landlock import FSAccess, Ruleset

    rules = Ruleset()
    handled = rules.restrict_rules
    read_file, read_dir = FSAccess.READ_FILE, FSAccess.READ_DIR
    for folder in access.listed:
        rules.allow(folder, rules=read_dir)
    for path in (*access.readable, given, Path(f"/proc/{os.getpid()}")):
        with suppress(FileNotFoundError, PermissionError):
            rules.allow(path, rules=read_file | read_dir if path.is_dir() else read_file)
    # neither links nor devices nor sockets, and nothing is moved in or out
    write = read_file | read_dir | FSAccess.WRITE_FILE | FSAccess.TRUNCATE | FSAccess.MAKE_REG | FSAccess.MAKE_DIR
    write |= FSAccess.REMOVE_FILE | FSAccess.REMOVE_DIR
    rules.allow(writable, rules=write & handled)
    device_access = (read_file | FSAccess.WRITE_FILE | FSAccess.IOCTL_DEV) & handled
    devices = [p for pattern in GPU_DEVICES for p in glob.glob(pattern)] if device != "cpu" else []  # noqa: PTH207
    for device_file in ("/dev/null", *(d for d in devices if not Path(d).is_dir())):
        rules.allow(device_file, rules=device_access)
    rules.apply()
    os.close(rules._fd)  # the package leaves it open, and the child is to hold nothing it was not given


def _restrict_calls(device: str) -> None:
    import pyseccomp as seccomp

    calls = seccomp.SyscallFilter(seccomp.ALLOW)
    refuse, ignore = seccomp.ERRNO(errno.EPERM), seccomp.ERRNO(0)

    def rule(action: int, call: str | int, *conditions: Any) -> None:
        # a call that this architecture or this library does not have cannot be named
        with suppress(OSError, ValueError, RuntimeError):
            calls.add_rule(action, call, *conditions)

    for name in " ".join(FORBIDDEN).split():
        rule(refuse, name)
    ignored: tuple[str | int, ...] = (*IGNORED.split(), *IGNORED_NUMBERS.values())
    for call in ignored:
        rule(ignore, call)
    if device == "cpu":  # memory that no limit counts; a GPU's driver may want it
        rule(refuse, "memfd_create")
    # threads yes, processes no; without clone3 the C library falls back to clone, whose flags can be seen
    rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
    rule(refuse, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, CLONE_THREAD, 0))
    rule(refuse, "sched_setaffinity", seccomp.Arg(0, seccomp.NE, 0))
    # opened to read, and emptied by the way; openat2 hides its flags from a filter, and its callers fall back
    emptied = os.O_TRUNC | os.O_ACCMODE
    rule(refuse, "open", seccomp.Arg(1, seccomp.MASKED_EQ, emptied, os.O_TRUNC))
    rule(refuse, "openat", seccomp.Arg(2, seccomp.MASKED_EQ, emptied, os.O_TRUNC))
    rule(seccomp.ERRNO(errno.ENOSYS), "openat2")
    own = os.getpid()
    for name in ("kill", "tgkill"):
        rule(refuse, name, seccomp.Arg(0, seccomp.NE, own))
    # its limits, and everybody's
    rule(refuse, "setrlimit")
    rule(refuse, "prlimit64", seccomp.Arg(2, seccomp.NE, 0))
    for request in (TIOCSTI, TIOCLINUX):
        rule(refuse, "ioctl", seccomp.Arg(1, seccomp.MASKED_EQ, 0xFFFFFFFF, request))
    calls.load()
