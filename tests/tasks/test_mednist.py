"""The task `mednist`: on a small archive in MONAI's format, and on a part of the real one."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
from monai.apps import MedNISTDataset
from PIL import Image

from gda_bench.api import DataMissingError
from gda_tasks.mednist import CLASSES, MedNIST


def jpegs(n: int = 10) -> dict[str, bytes]:
    """n pictures a class by their names inside the archive."""
    rng, made = np.random.default_rng(0), {}
    for name in CLASSES:
        for i in range(n):
            file = io.BytesIO()
            Image.fromarray(rng.integers(0, 256, (64, 64), np.uint8)).save(file, "JPEG")
            made[f"MedNIST/{name}/{i:06}.jpeg"] = file.getvalue()
    return made


def publish(site: tuple[str, Path], content: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have the official archive be this one."""
    address, folder = site
    with tarfile.open(folder / "MedNIST.tar.gz", "w:gz") as tar:
        for name, data in content.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    monkeypatch.setattr(MedNISTDataset, "resource", f"{address}MedNIST.tar.gz")
    monkeypatch.setattr(MedNISTDataset, "md5", hashlib.md5((folder / "MedNIST.tar.gz").read_bytes()).hexdigest())
    return folder / "MedNIST.tar.gz"


def test_it_is_fetched_verified_and_official_until_a_picture_is_changed(
    tmp_path: Path, site: tuple[str, Path], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    publish(site, {**jpegs(), "MedNIST/README.md": b"hello", "MedNIST/../../evil.jpeg": b"x"}, monkeypatch)
    root = tmp_path / "data"
    MedNIST().prepare(root)
    assert sorted(p.name for p in (root / "mednist").iterdir()) == ["MedNIST", "MedNIST.tar.gz"]
    assert not list(tmp_path.rglob("evil*")), "nothing is written outside of its place"
    train, test = MedNIST().load("train", root), MedNIST().load("test", root)
    assert (np.bincount(train.y).tolist(), np.bincount(test.y).tolist()) == ([9] * 6, [1] * 6)
    assert train.x.shape[1:] == MedNIST().info.shape
    (root / "mednist" / "MedNIST" / "Hand" / "000003.jpeg").unlink()
    (state,) = MedNIST().files(root)
    assert state.state == "modified"
    assert "10 + 10 + 10 + 10 + 9 + 10 images of the six classes; official: 10,000 + 8,954" in state.note
    assert capfd.readouterr().out == "", "results go to stdout, and nothing else"


def test_an_unpacked_archive_is_official(
    tmp_path: Path, site: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(site, jpegs(), monkeypatch)
    MedNIST().prepare(tmp_path)
    assert MedNIST().files(tmp_path)[0].state == "official"


def test_absent_data_are_asked_for_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(MedNISTDataset, "resource", "http://127.0.0.1:9/MedNIST.tar.gz")
    for action in (lambda: MedNIST().load("train", tmp_path), lambda: MedNIST().prepare(tmp_path)):
        with pytest.raises(DataMissingError, match=r"put MedNIST.tar.gz into \S+mednist") as problem:
            action()
        assert "\n" not in str(problem.value)
    assert not list(tmp_path.rglob("*.gz"))


def test_a_part_of_the_real_pictures(tmp_path: Path, shared_data: Path) -> None:
    with np.load(shared_data / "mednist_subset_1500pc_jpeg_bytes.npz") as f:
        data, offsets, labels, names, classes = (f[k] for k in ("jpeg", "offsets", "labels", "names", "classes"))
    assert tuple(classes) == CLASSES
    wanted = [i for c in range(6) for i in np.flatnonzero(labels == c)[:40]]
    for i in wanted:
        path = tmp_path / "MedNIST" / CLASSES[labels[i]] / Path(names[i]).name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data[offsets[i] : offsets[i + 1]].tobytes())
    task = MedNIST()
    train, test = task.load("train", tmp_path), task.load("test", tmp_path)
    assert (np.bincount(train.y).tolist(), np.bincount(test.y).tolist()) == ([36] * 6, [4] * 6)
    assert task.files(tmp_path)[0].state == "modified"
    # MONAI's own reader sees the same pixels, turned
    theirs = MedNISTDataset(tmp_path, "training", val_frac=0, test_frac=0, progress=False)
    seen = {np.asarray(item["image"]).T.astype(np.uint8).tobytes() for item in theirs}
    assert seen == {x.tobytes() for x in (*train.x, *test.x)}
