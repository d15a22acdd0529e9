"""Where a report was made: versions, device, and the code's own commit or image."""

from __future__ import annotations

import os
import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from gda_bench.report.model import Environment

PACKAGES = ("numpy", "scipy", "scikit-learn", "torchvision", "diffusers", "timm", "monai", "medmnist")
IMAGE_DIGEST_FILE = Path("/etc/gda-bench-image-digest")
"""Written when the container image is built."""


def describe(device: str, isolation: str | None = None) -> Environment:
    """The environment of this process, with computations on `device`. isolation: as the generator's records say."""
    commit, dirty = _git()
    return Environment(
        gda_bench=package_version("gda-bench") or "unknown",
        python=platform.python_version(),
        torch=package_version("torch") or "unknown",
        device=device_name(device),
        os=platform.platform(),
        cpus=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        git_commit=commit,
        git_dirty=dirty,
        image_digest=image_digest(),
        isolation=isolation,
        packages={name: found for name in PACKAGES if (found := package_version(name))},
    )


def device_name(device: str) -> str:
    """A name that a reader knows the hardware by."""
    if device.startswith("cuda"):
        import torch

        # the machine that starts a cluster's cells need not have a GPU itself
        return f"{device} ({torch.cuda.get_device_name(device)})" if torch.cuda.is_available() else device
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.processor() or platform.machine()
    return f"{device} ({model})"


def package_version(name: str) -> str | None:
    """The installed version of a distribution, or None."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def image_digest() -> str | None:
    """The container image's digest: as its launcher says, or of its contents as its build wrote it down."""
    if told := os.environ.get("GDA_BENCH_IMAGE_DIGEST"):
        return told
    try:
        return IMAGE_DIGEST_FILE.read_text(encoding="utf-8").strip() or None
    except OSError:
        return None


@cache
def _git() -> tuple[str | None, bool | None]:
    """Commit and dirty flag of this very code, where it runs from a checkout or an image that tells its commit."""
    if told := os.environ.get("GDA_BENCH_GIT_COMMIT"):
        return told, None
    here = Path(__file__)

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(here.parent), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()

    try:
        # installed into an environment inside somebody else's repository, the commit would be theirs
        git("ls-files", "--error-unmatch", here.name)
        return git("rev-parse", "HEAD"), bool(git("status", "--porcelain"))
    except (OSError, subprocess.SubprocessError):
        return None, None
