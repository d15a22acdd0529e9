"""The store: one folder per key, complete or absent.

A folder holds record.json (the key's pre-image, so that it explains itself, with times, notes, the digest of every
payload and its own) and its payloads, npz and safetensors. It is written beside its place and renamed into it, so a
reader never meets a half-written one, and of two writers of the same key the first wins. Failures are kept apart and
are never taken for results.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from gda_bench.api import NPZ_DAMAGE
from gda_bench.errors import UserError
from gda_bench.keys import file_digest, value_digest
from gda_bench.store.lock import lies_at, locked

Policy = Literal["missing", "never", "always", "cache-only"]
"""`missing`: compute what lacks. `never`: neither read nor keep. `always`: compute all again. `cache-only`: compute
nothing."""
POLICIES: tuple[Policy, ...] = get_args(Policy)


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of one finished piece of work. wall_s, cpu_s in seconds; peak_memory_mb in MiB."""

    key: str
    preimage: Mapping[str, Any]
    result: Mapping[str, Any]
    notes: Mapping[str, float]
    component: str
    device: str
    started: str
    wall_s: float
    cpu_s: float
    peak_memory_mb: float
    payloads: Mapping[str, str] = field(default_factory=dict)


class Store:
    """Keyed folders under `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def open(self) -> None:
        """Make the folders; raises UserError where they cannot be written."""
        try:
            for part in ("cells", "tmp", "failures"):
                (self.root / part).mkdir(parents=True, exist_ok=True)
            self._sweep()
            with tempfile.TemporaryFile(dir=self.root / "tmp"):
                pass
        except OSError as error:
            raise UserError(
                f"the store {self.root} cannot be written ({error.strerror}); give another with --store"
            ) from None

    def folder(self, key: str) -> Path:
        """Where the payloads of a key lie."""
        return self.root / "cells" / key[:2] / key

    def get(self, key: str) -> Record | None:
        """The record of a key, or None where it is absent, damaged or not what its key says."""
        record = self.find(key)
        if record and all(self._intact(key, name, digest) for name, digest in record.payloads.items()):
            return record
        return None

    def find(self, key: str) -> Record | None:
        """As `get`, without reading the payloads: for plans and forecasts."""
        try:
            document = json.loads(self._document(key))
            signed = "digest" in document  # older records are not
            digest = document.pop("digest", None)
            record = Record(**document)
        except (OSError, ValueError, TypeError, AttributeError):
            return None
        sound = digest == value_digest(document) if signed else isinstance(record.payloads, dict)
        return record if sound and record.key == key else None

    def arrays(self, key: str, name: str) -> dict[str, NDArray[Any]]:
        """The arrays of an npz payload. Raises FileNotFoundError where there is none; UserError where it is no npz or
        holds pickled objects, which can run code: no digest makes up for that, since whoever planted it signed it."""
        path = self.folder(key) / name
        try:
            with np.load(path, allow_pickle=False) as f:
                return {array: f[array] for array in f.files}
        except FileNotFoundError:
            raise
        except (*NPZ_DAMAGE, AttributeError) as error:
            raise UserError(f"{path} is not the store's ({error}): remove its folder, then run again") from None

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder to write payloads into; removed afterwards unless `commit` took it."""
        path = Path(tempfile.mkdtemp(dir=self.root / "tmp"))
        with locked(path):
            try:
                yield path
            finally:
                shutil.rmtree(path, ignore_errors=True)

    @contextlib.contextmanager
    def claim(self, key: str) -> Iterator[None]:
        """Within, no other process computes this key; waits for one that does. It ends with the process, however that
        ends. Where the file system knows no locks two may compute the same, and the first keeps it."""
        path = self.root / "tmp" / f"{key}.lock"
        while True:
            with locked(path, create=True) as held:
                if lies_at(held, path):
                    try:
                        yield
                    finally:
                        path.unlink(missing_ok=True)
                    return
            # who held it has ended and taken it away: the lock is of a file that nobody else will find

    def commit(self, scratch: Path, record: Record, replace: bool = False) -> None:
        """Move the scratch folder to its key's place. What is there stays, unless it is damaged or `replace` is set."""
        payloads = {
            str(path.relative_to(scratch)): file_digest(path) for path in sorted(scratch.rglob("*")) if path.is_file()
        }
        document = json.loads(json.dumps({**asdict(record), "payloads": payloads}, allow_nan=False))
        document["digest"] = value_digest(document)
        with (scratch / "record.json").open("w", encoding="utf-8") as f:
            json.dump(document, f, indent=1, allow_nan=False)
            f.flush()
            os.fsync(f.fileno())
        place = self.folder(record.key)
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists() and (replace or self.get(record.key) is None):
            retired = Path(tempfile.mkdtemp(dir=self.root / "tmp"))
            with contextlib.suppress(OSError):
                place.rename(retired / "old")
            shutil.rmtree(retired, ignore_errors=True)
        try:
            scratch.rename(place)
        except OSError:
            # another worker was first with the same key, and equal keys hold equal work
            if self.get(record.key) is None:
                raise

    def record_failure(self, key: str, phase: str, error: str, preimage: Mapping[str, Any]) -> None:
        """Keep a failure for people to read. It is no result: the next run tries again."""
        now = datetime.now(UTC)
        document = {
            "key": key,
            "phase": phase,
            "time": now.isoformat(),
            "error": error,
            "preimage": dict(preimage),
        }
        path = self.root / "failures" / f"{key}-{now:%Y%m%dT%H%M%S%f}.json"
        with contextlib.suppress(OSError):
            path.write_text(json.dumps(document, indent=1), encoding="utf-8")

    def records(self) -> Iterator[Record]:
        """Every readable record, in no order; payloads are not looked at."""
        for path in (self.root / "cells").glob("*/*/record.json"):
            record = self.find(path.parent.name)
            if record is not None:
                yield record

    def _document(self, key: str) -> str:
        place = self.folder(key)
        try:
            return (place / "record.json").read_text(encoding="utf-8")
        except FileNotFoundError:
            # a network file system remembers for a minute that nothing was there, though another machine has written
            # it since: opening the folders above asks its server
            for above in (place.parent.parent, place.parent):
                os.close(os.open(above, os.O_RDONLY))
            return (place / "record.json").read_text(encoding="utf-8")

    def _sweep(self) -> None:
        """Remove what killed runs left behind a day ago. What is locked is in use, whatever the clock says; where
        locks of other machines cannot be seen the day stands for them."""
        for path in (self.root / "tmp").iterdir():
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > 86_400:
                    with locked(path, wait=False):
                        shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _intact(self, key: str, name: str, digest: str) -> bool:
        try:
            return file_digest(self.folder(key) / name) == digest
        except OSError:
            return False
