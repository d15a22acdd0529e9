"""Weights that somebody trained before: where they lie, fetched where they lack, known by their content.

A local file or folder is used as it is. A model of the hub lies at <data_dir>/weights/<owner>--<name>/<revision>.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path

from gda_bench.api import UserError, Weights
from gda_bench.keys import file_digest

FILES = ("*.safetensors", "*.json", "*.txt", "*.model")
"""What is read where a generator names no files."""
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.pickle", "*.h5", "*.msgpack")
"""Never fetched, whatever a generator names: to open such a file may be to run it."""
HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_HIDDEN = ".cache"  # what the hub's client leaves in a folder


@dataclass(frozen=True, slots=True)
class LocalWeights:
    """Weights on this machine. root: the file or folder. names: of the files that are wanted, below it."""

    root: Path
    names: tuple[str, ...]

    @property
    def files(self) -> list[Path]:
        """The files, with links followed: a hub's folder links to where its files lie."""
        return [(self.root / name).resolve() for name in self.names]

    @property
    def folders(self) -> list[Path]:
        """The folders on the way to them."""
        return sorted({p for name in self.names for p in ((self.root / name).parent, self.root) if p.is_dir()})

    @property
    def digest(self) -> str:
        """sha256 over the names and the bytes of the files; where the folder lies is not in it."""
        stamps = tuple((s.st_size, s.st_mtime_ns) for s in ((self.root / name).stat() for name in self.names))
        return _digest(self.root, self.names, stamps)


def local_weights(wanted: Weights, data_dir: Path) -> LocalWeights:
    """What lies there now, perhaps nothing."""
    root = weights_path(wanted, data_dir)
    return LocalWeights(root, tuple(_names(root, wanted.files)))


def is_local(source: str) -> bool:
    """Whether a source is a file or folder of this machine, and no name at the hub."""
    return Path(source).expanduser().exists() or not HUB_NAME.fullmatch(source)


def weights_path(wanted: Weights, data_dir: Path) -> Path:
    """Where the weights lie, or will."""
    if is_local(wanted.source):
        return Path(wanted.source).expanduser().resolve()
    revision = (wanted.revision or "main").replace("/", "--")
    if revision.strip(".") == "":
        raise UserError(
            f"the revision {wanted.revision!r} of {wanted.source} is none: give a branch, a tag or a commit"
        )
    return data_dir.resolve() / "weights" / wanted.source.replace("/", "--") / revision


def find_weights(wanted: Weights, data_dir: Path) -> LocalWeights:
    """The weights, fetched where they lack. Raises UserError, which says what to do."""
    path = weights_path(wanted, data_dir)
    if not _names(path, wanted.files):
        if is_local(wanted.source):
            if not path.exists():
                raise UserError(f"{wanted.source} is not there: correct the path, or give owner/name as at the hub")
            wanting = ", ".join(wanted.files or FILES)
            raise UserError(
                f"{wanted.source} holds none of {wanting}: give a folder with them, or owner/name as at the hub"
            )
        _fetch(wanted, path)
    return local_weights(wanted, data_dir)


@lru_cache(maxsize=64)
def _digest(path: Path, names: tuple[str, ...], stamps: tuple[tuple[int, int], ...]) -> str:
    """stamps: sizes and times, so that gigabytes are read again only after a change."""
    del stamps
    found = hashlib.sha256()
    for name in names:
        found.update(f"{name}\0{file_digest(path / name)}\n".encode())
    return found.hexdigest()


def _names(path: Path, files: tuple[str, ...]) -> list[str]:
    """The files that match, relative to the folder and in order; a single file has no name of its own."""
    if path.is_file():
        return [""]
    below = (p.relative_to(path) for p in path.rglob("*") if p.is_file())
    names = sorted(name.as_posix() for name in below if name.parts[0] != _HIDDEN)
    return [n for n in names if _any(n, files or FILES) and not _any(n, PICKLES)]


def _any(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)


def _fetch(wanted: Weights, folder: Path) -> None:
    """Into a folder beside, renamed when all is there: what has the name is whole."""
    from huggingface_hub import snapshot_download

    part = folder.with_name(f"{folder.name}.part")
    try:
        part.mkdir(parents=True, exist_ok=True)
        snapshot_download(
            wanted.source,
            revision=wanted.revision,
            local_dir=part,
            allow_patterns=list(wanted.files or FILES),
            ignore_patterns=list(PICKLES),
        )
        shutil.rmtree(part / _HIDDEN, ignore_errors=True)
        if not _names(part, wanted.files):
            raise FileNotFoundError("the model has none of the files")
        if folder.exists():  # and holds nothing that is wanted, but is somebody's
            shutil.copytree(part, folder, dirs_exist_ok=True)
            shutil.rmtree(part)
        else:
            part.rename(folder)
    except Exception as error:  # the client's errors have no base of their own
        why = str(error).strip().splitlines() or [""]
        raise UserError(
            f"the weights {wanted.source} are not here and cannot be fetched ({type(error).__name__}: {why[0]:.160}): "
            f"put {', '.join(wanted.files or FILES)} into {folder}, or give a local folder in the name's place"
        ) from None
