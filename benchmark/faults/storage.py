"""What a store may meet: a full disk, a read-only one, a clock that jumps, a second run, bits that flip.

    python benchmark/faults/storage.py [FAULT ...] > benchmark/faults/storage.md

Needs root (it mounts small file systems) and a C compiler. Each fault meets a small study half-way;
then the cause is taken away and the same command runs again. Its report must be, byte for byte apart from times and
memory, that of a study that nobody disturbed.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from gda_bench.store import Store
from study import PATIENCE_S, Study, counted

HALF_WAY = 25
"""Cells, of fifty-odd."""
FLIPS = 40
DAY = 86_400


def main() -> None:
    root = Path(tempfile.mkdtemp(prefix="gda-storage-"))
    calm = Study(root / "calm")
    assert calm.run() == 0, calm.last_words()
    print("# Faults of the store\n")
    print("Made by `benchmark/faults/storage.py`, whose first lines say what is checked.\n")
    print("| fault | what happened | then |")
    print("|---|---|---|")
    for fault in (disk_full, read_only, clock_jumps, two_runs, flipped_bits, truncated, gone):
        if sys.argv[1:] and fault.__name__ not in sys.argv[1:]:
            continue
        study = Study(root / fault.__name__)
        said = fault(study, calm)
        assert study.report() == calm.report(), f"{study.folder}: another report than the undisturbed one"
        print(f"| {(fault.__doc__ or '').rstrip('.')} | {said} | same report |", flush=True)


def disk_full(study: Study, calm: Study) -> str:
    """The disk is full half-way."""
    used = sum(path.stat().st_size for path in calm.folder.glob("store/**/*"))
    with mounted(study.folder / "store", f"size={max(used // 2, 2**20)}") as place:
        code = study.run()
        kept, said = study.finished(), study.last_words()
        assert code == 2 or (code == 1 and kept), said
        assert "can take no more" in said or "full" in said, said
        remount(place, "size=1g")
        again(study, kept)
    return f"exit {code} with {len(kept)} cells kept: `{_told(said, study)}`"


def read_only(study: Study, calm: Study) -> str:
    """The store becomes read-only half-way."""
    with mounted(study.folder / "store", "size=1g") as place:
        run = study.start()
        wait_for(study, HALF_WAY)
        # seen through a second, read-only mount from now on: the first is busy while a file is open for writing
        subprocess.run(["mount", "--bind", place, place], check=True)
        remount(place, "bind,ro")
        code = run.wait(PATIENCE_S)
        kept, said = study.finished(), study.last_words()
        assert "can take no more" in said, said
        subprocess.run(["umount", "-l", place], check=True)
        again(study, kept)
    return f"exit {code} with {len(kept)} cells kept: `{_told(said, study)}`"


def clock_jumps(study: Study, calm: Study) -> str:
    """The clock jumps two days ahead, then a thousand back."""
    clock = study.folder / "clock"
    clock.write_text("0")
    study.before = ("env", f"CLOCK_AHEAD={clock}", f"LD_PRELOAD={lying_clock(study.folder)}")
    run = study.start()
    for count, jump in ((HALF_WAY // 2, 2 * DAY), (HALF_WAY, -1000 * DAY)):
        wait_for(study, count)
        clock.write_text(str(jump))
    assert run.wait(PATIENCE_S) == 0, study.last_words()
    times = sorted(datetime.fromisoformat(record.started) for record in Store(study.folder / "store").records())
    assert times[-1] - times[0] > timedelta(days=900), "the clock did not jump"
    study.before = ()
    again(study, study.finished())
    return "exit 0, and again exit 0 by the right clock, which computed nothing"


def two_runs(study: Study, calm: Study) -> str:
    """Two runs of one study on one store at once."""
    runs = [study.start(), study.start()]
    assert [run.wait(PATIENCE_S) for run in runs] == [0, 0], study.last_words()
    done, reused = counted(study.lines(), "computed"), counted(study.lines(), "reused")
    assert set(done.values()) == {1}, f"{sum(done.values()) - len(done)} cells were computed by both"
    return f"both exit 0; each of {len(done)} cells was computed by one of them; {sum(reused.values())} reuses"


def flipped_bits(study: Study, calm: Study) -> str:
    """A bit flips in each of forty files."""
    chance, files = random.Random(0), finished_files(study)
    hit = chance.sample(files, FLIPS)
    for path in hit:
        content = bytearray(path.read_bytes())
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        path.write_bytes(content)
    return mended(study, hit)


def truncated(study: Study, calm: Study) -> str:
    """Twenty files end early, some at their first byte."""
    chance, files = random.Random(1), finished_files(study)
    hit = chance.sample(files, FLIPS // 2)
    for path in hit:
        os.truncate(path, chance.choice([0, chance.randrange(path.stat().st_size)]))
    return mended(study, hit)


def gone(study: Study, calm: Study) -> str:
    """Ten files are gone, and ten folders."""
    chance, files = random.Random(2), finished_files(study)
    hit = chance.sample(files, FLIPS // 2)
    for i, path in enumerate(hit):
        if i % 2:
            path.unlink(missing_ok=True)
        else:
            shutil.rmtree(path.parent, ignore_errors=True)
    return mended(study, hit)


def finished_files(study: Study) -> list[Path]:
    """Run the study; all that its store holds."""
    assert study.run() == 0, study.last_words()
    shutil.rmtree(study.folder / "out")
    return sorted(path for path in study.folder.glob("store/cells/**/*") if path.is_file())


def mended(study: Study, hit: list[Path]) -> str:
    """Run again: what was hit, and nothing else, is computed."""
    written = len(study.lines())
    assert study.run() == 0, study.last_words()
    computed = set(counted(study.lines()[written:], "computed"))
    cells = {path.relative_to(study.folder / "store" / "cells").parts[1] for path in hit}
    assert computed == cells, f"{len(computed - cells)} computed that were whole, {len(cells - computed)} taken damaged"
    return f"exit 0; the {len(cells)} cells that were hit ran again, no other"


def again(study: Study, kept: set[str]) -> None:
    """Run once more: ends well, and computes nothing that was kept."""
    written = len(study.lines())
    assert study.run() == 0, study.last_words()
    assert not kept & set(counted(study.lines()[written:], "computed")), "a finished cell was computed again"


def wait_for(study: Study, cells: int) -> None:
    """Until so many cells are in the store."""
    deadline = time.monotonic() + PATIENCE_S
    while len(study.finished()) < cells:
        assert time.monotonic() < deadline, study.last_words()
        time.sleep(0.02)


@contextmanager
def mounted(place: Path, options: str) -> Iterator[Path]:
    """A file system in memory."""
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def remount(place: Path, options: str) -> None:
    """The same file system with other options."""
    subprocess.run(["mount", "-o", f"remount,{options}", place], check=True)


LYING_CLOCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
int clock_gettime(clockid_t id, struct timespec *t) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int code = real(id, t);
    if (id != CLOCK_REALTIME || code) return code;
    FILE *f = fopen(getenv("CLOCK_AHEAD"), "r");
    long ahead = 0;
    if (f) { if (fscanf(f, "%ld", &ahead) != 1) ahead = 0; fclose(f); }
    t->tv_sec += ahead;
    return 0;
}
"""
"""Adds what a file says, in seconds, to the time of day, and leaves the steady clock alone, as a set clock does."""


def lying_clock(folder: Path) -> Path:
    """The library, compiled."""
    library = folder / "clock.so"
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", library, "-ldl"], input=LYING_CLOCK, text=True, check=True
    )
    return library


def _told(said: str, study: Study) -> str:
    return said.replace(str(study.folder / "store"), "STORE")


if __name__ == "__main__":
    main()
