"""The task `pcam`: on small HDF5 files in its publisher's format."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import sys
from pathlib import Path

import numpy as np
import pytest
from torchvision.datasets import PCAM

import gda_tasks.pcam as module
from gda_bench.api import DataMissingError, UserError
from gda_tasks.pcam import FILES, PCam

h5py = pytest.importorskip("h5py", reason="the extra `pcam` is not installed")


def write(folder: Path, train: int = 12, test: int = 6) -> None:
    """The six files of a small set; slides a and b in training, c in test."""
    rng = np.random.default_rng(0)
    folder.mkdir(parents=True, exist_ok=True)
    for split, n, slides in (("train", train, "ab"), ("test", test, "c")):
        stem = folder / f"camelyonpatch_level_2_split_{split}"
        with h5py.File(f"{stem}_x.h5", "w") as file:
            file.create_dataset("x", data=rng.integers(0, 256, (n, 96, 96, 3), np.uint8), chunks=(1, 96, 96, 3))
        with h5py.File(f"{stem}_y.h5", "w") as file:
            file["y"] = (np.arange(n, dtype=np.uint8) % 2).reshape(n, 1, 1, 1)
        rows = [f"{i},0,0,True,True,camelyon16_{split}_{slides[i % len(slides)]}" for i in range(n)]
        text = "\n".join([",coord_y,coord_x,tumor_patch,center_tumor_patch,wsi", *rows])
        Path(f"{stem}_meta.csv").write_text(text, encoding="utf-8")


def test_torchvision_reads_the_same_and_slides_are_groups(tmp_path: Path) -> None:
    write(tmp_path / "pcam")
    for split in ("train", "test"):
        images, theirs = PCam().load(split, tmp_path), PCAM(str(tmp_path), split)  # type: ignore[arg-type]
        assert len(images) == len(theirs)
        for i, (picture, label) in enumerate(theirs):
            assert (images.x[i] == np.asarray(picture)).all()
            assert images.y[i] == label
    assert PCam().load("train", tmp_path).group.tolist() == [1, 2] * 6  # type: ignore[union-attr]
    assert PCam().load("test", tmp_path).group.tolist() == [0] * 6  # type: ignore[union-attr]
    assert {file.state for file in PCam().files(tmp_path)} == {"modified"}


def test_the_md5s_are_torchvisions() -> None:
    theirs = {name: md5 for split in ("train", "test") for name, _, md5 in PCAM._FILES[split].values()}
    assert {name: file.packed_md5 for name, file in FILES.items() if file.packed_md5} == theirs


def test_prepare_fetches_verifies_and_unpacks(
    tmp_path: Path, site: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, folder = site
    write(folder)
    for name, file in FILES.items():
        content = (folder / name).read_bytes()
        published = dataclasses.replace(file, md5=hashlib.md5(content).hexdigest())
        if file.packed_md5:
            (folder / f"{name}.gz").write_bytes(packed := gzip.compress(content))
            published = dataclasses.replace(published, packed_md5=hashlib.md5(packed).hexdigest())
        monkeypatch.setitem(FILES, name, published)  # type: ignore[arg-type]
    monkeypatch.setattr(module, "MIRROR", address + "{name}")
    root = tmp_path / "data"
    PCam().prepare(root)
    assert {file.state for file in PCam().files(root)} == {"official"}
    assert sorted(p.name for p in (root / "pcam").iterdir()) == sorted(FILES)
    assert len(PCam().load("train", root)) == 12


def test_absent_data_are_asked_for_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(DataMissingError, match="gda-bench data prepare pcam") as problem:
        PCam().load("train", tmp_path)
    assert str(tmp_path / "pcam") in str(problem.value)
    assert "\n" not in str(problem.value)


def test_without_h5py_one_line_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "pcam")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(UserError, match=r"pip install 'gda-bench\[pcam\]'"):
        PCam().load("train", tmp_path)


@pytest.mark.parametrize(
    ("part", "array", "says"),
    [
        ("x", np.zeros((12, 64, 64, 3), np.uint8), r"x is uint8 \(12, 64, 64, 3\)"),
        ("x", np.zeros((12, 96, 96, 3), np.float32), "x is float32"),
        ("x", np.zeros((11, 96, 96, 3), np.uint8), "12 labels for the 11 images"),
        ("y", np.full((12, 1, 1, 1), 2, np.uint8), "holds the label 2"),
        ("z", np.zeros((12, 1, 1, 1), np.uint8), "has no array 'x'; it holds: z"),
    ],
)
def test_arrays_of_another_form_are_refused(part: str, array: np.ndarray, says: str, tmp_path: Path) -> None:
    write(tmp_path / "pcam")
    with h5py.File(tmp_path / "pcam" / f"camelyonpatch_level_2_split_train_{'y' if part == 'y' else 'x'}.h5", "w") as f:
        f[part] = array
    with pytest.raises(UserError, match=says) as problem:
        PCam().load("train", tmp_path)
    assert "\n" not in str(problem.value)
