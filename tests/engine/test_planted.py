"""A store that somebody else could write to: nothing in it is ever unpickled, whatever its record says."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gda_bench.api import UserError
from gda_bench.keys import file_digest, value_digest
from gda_bench.store import Store


class Bomb:
    """Leaves a trace where it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> Any:
        return Path.touch, (self.trace,)


def plant(folder: Path, name: str, trace: Path) -> None:
    """Put pickles into every array of a payload, and sign it as the store does."""
    path = folder / name
    with np.load(path) as honest:
        arrays = {key: np.array([Bomb(trace)], object) for key in honest.files}
    np.savez(path, **arrays)  # type: ignore[arg-type]
    record = json.loads((folder / "record.json").read_text())
    record["payloads"][name] = file_digest(path)
    record["digest"] = value_digest({key: value for key, value in record.items() if key != "digest"})
    (folder / "record.json").write_text(json.dumps(record))


def test_pickles_in_the_store_are_refused(fast_run: Callable[..., Any], tmp_path: Path) -> None:
    (before,) = fast_run(seeds=1)
    store, trace = Store(tmp_path / "store"), tmp_path / "exploded"
    planted = [
        (store.folder(record.key), name)
        for record in store.records()
        if record.preimage["stage"] in ("pool", "train")
        for name in record.payloads
        if name.endswith(".npz")
    ]
    assert planted
    for folder, name in planted:
        plant(folder, name, trace)
    assert pickle.loads(pickle.dumps(Bomb(tmp_path / "armed"))) is None
    assert (tmp_path / "armed").exists(), "the bomb works"

    with pytest.raises(UserError, match="Object arrays"):  # predictions are read for the noise of the test set
        fast_run(seeds=1)
    mixes = {cell.key for cell in before.cells if cell.arm in ("mix", "synthetic")}
    for cell in before.cells:
        shutil.rmtree(store.folder(cell.key))
    (after,) = fast_run(seeds=1)  # trains anew, on real images and on planted pools
    assert not trace.exists()
    refused = [cell for cell in after.cells if cell.key in mixes]
    assert {cell.status for cell in refused} == {"failed"}
    assert all("Object arrays" in (cell.error or "") for cell in refused)
    assert {cell.status for cell in after.cells if cell.arm == "real"} == {"ok"}
