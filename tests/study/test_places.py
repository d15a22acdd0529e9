"""Where a user's images lie is in no key and in no report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from gda_bench.registry import resolve


def pictures(root: Path) -> None:
    rng = np.random.default_rng(0)
    for c, name in enumerate(("round", "spiky")):
        (root / name).mkdir(parents=True)
        for i in range(60):
            x = rng.integers(0, 120, (8, 8), np.uint8) + np.uint8(100 * c)
            Image.fromarray(x).save(root / name / f"{i}.png")


def test_a_moved_folder_is_the_same_task_and_its_path_is_told_to_nobody(
    fast_run: Callable[..., Any], tmp_path: Path
) -> None:
    private = tmp_path / "wards" / "Jane Doe" / "cells"
    pictures(private)
    options: dict[str, Any] = {"seeds": 2, "set": {"n_real": 16}}
    (first,) = fast_run(task=f"imagefolder:root={private}", **options)
    private.rename(tmp_path / "cells")
    # nothing may run: all of it is there already
    (second,) = fast_run(task=f"imagefolder:root={tmp_path / 'cells'}", policy="cache-only", **options)
    assert [(c.key, c.metrics) for c in first.cells] == [(c.key, c.metrics) for c in second.cells]
    assert first.study == second.study
    for path in (tmp_path / "reports").rglob("*.*"):
        if path.is_file():
            assert b"Jane Doe" not in path.read_bytes(), path
    assert first.task.params["root"] == "cells"
    assert "imagefolder:root=cells" in first.reproduce


def test_two_folders_are_not_mistaken_for_each_other_in_one_process(tmp_path: Path) -> None:
    from gda_bench.task_data import load_task

    pictures(tmp_path / "a")
    pictures(tmp_path / "b")
    Image.fromarray(np.full((8, 8), 9, np.uint8)).save(tmp_path / "b" / "round" / "more.png")
    a, b = (load_task(resolve("tasks", f"imagefolder:root={tmp_path / name}"), tmp_path) for name in "ab")
    assert a.digest != b.digest
