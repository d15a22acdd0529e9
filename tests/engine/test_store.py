from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gda_bench.api import UserError
from gda_bench.keys import content_key
from gda_bench.store import Record, Store
from gda_bench.store.lock import locked

PREIMAGE = {"stage": "fit", "what": "a test"}
KEY = content_key(PREIMAGE)


def record(**changes: object) -> Record:
    fields = {
        "key": KEY, "preimage": PREIMAGE, "result": {"x": 1}, "notes": {}, "component": "c", "device": "cpu",
        "started": "2026-01-01T00:00:00+00:00", "wall_s": 1.0, "cpu_s": 1.0, "peak_memory_mb": 1.0,
    }  # fmt: skip
    return Record(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "store")
    made.open()
    return made


def keep(store: Store, payload: bytes = b"payload", replace: bool = False, **changes: object) -> None:
    with store.scratch() as scratch:
        (scratch / "inner").mkdir()
        (scratch / "inner" / "data.bin").write_bytes(payload)
        store.commit(scratch, record(**changes), replace=replace)


def test_what_was_kept_comes_back_and_explains_itself(store: Store) -> None:
    assert store.get(KEY) is None
    keep(store)
    found = store.get(KEY)
    assert found is not None
    assert found.result == {"x": 1}
    assert content_key(found.preimage) == KEY, "the folder's own pre-image gives its key"
    assert (store.folder(KEY) / "inner" / "data.bin").read_bytes() == b"payload"
    assert list((store.root / "tmp").iterdir()) == []


def test_half_written_work_is_never_seen(store: Store) -> None:
    def die_half_way() -> None:
        with store.scratch() as scratch:
            (scratch / "data.bin").write_bytes(b"half")
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        die_half_way()
    assert store.get(KEY) is None
    assert list((store.root / "tmp").iterdir()) == []


@pytest.mark.parametrize("damage", ["payload", "missing payload", "record", "number", "list", "foreign"])
def test_damaged_work_counts_as_absent_and_gives_way(store: Store, damage: str) -> None:
    keep(store)
    payload, document = store.folder(KEY) / "inner" / "data.bin", store.folder(KEY) / "record.json"
    if damage == "payload":
        payload.write_bytes(b"pAyload")
    elif damage == "missing payload":
        payload.unlink()
    elif damage == "record":
        document.write_text(document.read_text()[:-20])
    elif damage == "number":
        document.write_text(document.read_text().replace('"x": 1', '"x": 3'))
    elif damage == "list":
        document.write_text("[]")
    else:
        document.write_text(json.dumps({**json.loads(document.read_text()), "key": "0" * 64}))
    assert store.get(KEY) is None
    keep(store)
    assert store.get(KEY) is not None


def test_of_two_writers_the_first_wins_unless_told_otherwise(store: Store) -> None:
    keep(store, result={"x": 1})
    keep(store, result={"x": 2})
    assert store.get(KEY).result == {"x": 1}  # type: ignore[union-attr]
    keep(store, result={"x": 3}, replace=True)
    assert store.get(KEY).result == {"x": 3}  # type: ignore[union-attr]


def test_failures_are_kept_apart_and_are_no_results(store: Store) -> None:
    store.record_failure(KEY, "sample", "it fell over", PREIMAGE)
    (path,) = (store.root / "failures").iterdir()
    assert json.loads(path.read_text())["phase"] == "sample"
    assert store.get(KEY) is None
    assert list(store.records()) == []


def test_a_place_that_cannot_be_a_store_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"cannot be written .* give another with --store"):
        Store(tmp_path / "file").open()


def test_a_key_is_claimed_by_one_at_a_time_and_the_claim_leaves_nothing(store: Store) -> None:
    inside, most = 0, 0

    def work(_: int) -> None:
        nonlocal inside, most
        with store.claim(KEY):
            inside += 1
            most = max(most, inside)
            time.sleep(0.001)
            inside -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(200)))
    assert most == 1
    assert list((store.root / "tmp").iterdir()) == []


def test_a_claim_ends_with_the_process_that_held_it(store: Store) -> None:
    held = f"""
import sys, time
from pathlib import Path
from gda_bench.store import Store
with Store(Path({str(store.root)!r})).claim({KEY!r}):
    print("held", flush=True)
    time.sleep(600)
"""
    process = subprocess.Popen([sys.executable, "-c", held], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    with pytest.raises(BlockingIOError), locked(store.root / "tmp" / f"{KEY}.lock", wait=False):
        pass
    process.kill()
    process.wait()
    with store.claim(KEY):
        pass
    process.stdout.close()


def test_what_a_killed_run_left_goes_a_day_later_and_what_is_in_use_stays(store: Store) -> None:
    left, claim = store.root / "tmp" / "left", store.root / "tmp" / f"{KEY}.lock"
    left.mkdir()
    (left / "half").write_bytes(b"half")
    claim.touch()
    with store.scratch() as scratch:
        for path in (left, claim, scratch):
            os.utime(path, (0, 0))
        store.open()
        assert list((store.root / "tmp").iterdir()) == [scratch]
    left.mkdir()
    store.open()
    assert left.exists(), "what another machine holds cannot be seen, and is younger than a day"
