"""Published files and archives: told from others by their md5, unpacked whole or not at all."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from gda_bench.api import DataFile, DataMissingError, UserError
from gda_tasks.download import fetch


def state(path: Path, md5: str) -> DataFile:
    """How a file compares with the published one, by its md5. Raises UserError where it may not be read."""
    if not path.is_file():
        return DataFile(str(path), "missing")
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "md5").hexdigest()
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error
    return DataFile(str(path), "official" if digest == md5 else "modified", f"md5:{digest}")


@contextmanager
def verified(url: str, archive: Path, md5: str) -> Iterator[Path]:
    """Within, the published archive: the one that lies at `archive`, or one fetched for the time being.

    Raises DataMissingError where it cannot be fetched, UserError where what lies there is another file.
    """
    remedy = f"put {archive.name} into {archive.parent}"
    if archive.is_file():
        if state(archive, md5).state != "official":
            raise UserError(f"{archive}: has not the published md5 {md5}: remove it, or {remedy} as {url} has it")
        yield archive
        return
    with _beside(archive, remedy) as folder:
        fetch(url, folder / archive.name, md5, remedy)
        yield folder / archive.name


def unpack_tar(archive: Path, into: Path, folder: str, names: Collection[str] | None = None) -> None:
    """Bring `folder` of a tar archive to `into`: all of its files, or those that are named. Whole or not at all."""
    with _beside(into / folder, f"make room in {into}") as place:
        try:
            with tarfile.open(archive) as tar:
                for member in tar:
                    inside = PurePosixPath(member.name)
                    # a plain file, where it belongs: a link or a path upwards could write elsewhere
                    if not member.isfile() or inside.parts[0] != folder or ".." in inside.parts:
                        continue
                    if names is not None and inside.relative_to(folder).as_posix() not in names:
                        continue
                    (place / inside).parent.mkdir(parents=True, exist_ok=True)
                    with tar.extractfile(member) as source, (place / inside).open("wb") as target:  # type: ignore[union-attr]
                        shutil.copyfileobj(source, target)
        except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
            raise UserError(f"{archive}: cannot be unpacked: {' '.join(str(error).split())}") from error
        if not (place / folder).is_dir():
            raise UserError(f"{archive}: cannot be unpacked: it holds nothing of {folder}")
        _move(place / folder, into / folder)


def unpack_gz(archive: Path, target: Path) -> None:
    """Bring the content of a gzip file to `target`, whole or not at all."""
    with _beside(target, f"make room in {target.parent}") as place:
        try:
            with gzip.open(archive) as source, (place / target.name).open("wb") as part:
                shutil.copyfileobj(source, part, 1 << 20)
        except (EOFError, zlib.error, OSError) as error:
            raise UserError(f"{archive}: cannot be unpacked: {error}") from error
        (place / target.name).replace(target)


@contextmanager
def _beside(target: Path, remedy: str) -> Iterator[Path]:
    """A folder for the time being, so near to the target that the last step is a rename within one file system."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(prefix=".partial-", dir=target.parent)
    except OSError as error:
        raise DataMissingError(f"{target.parent} cannot be written: {error.strerror}; {remedy}") from error
    with folder as name:
        yield Path(name)


def _move(folder: Path, target: Path) -> None:
    """A folder to its place; file by file where one is there already."""
    if not target.exists():
        folder.replace(target)
        return
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        place = target / path.relative_to(folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        path.replace(place)
