"""The task `fashion-mnist`: on files made here, and on Debian's where they are installed."""

from __future__ import annotations

import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest
from torchvision.datasets import FashionMNIST as Published

from gda_bench.api import DataMissingError, UserError
from gda_tasks import idx
from gda_tasks.fashion_mnist import FashionMNIST

DEBIAN = FashionMNIST.other_folders[0]
FILES = [name for name, _ in Published.resources]


@pytest.fixture
def no_debian(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FashionMNIST, "other_folders", ())


def small(n_train: int = 20, n_test: int = 10) -> dict[str, bytes]:
    """The four files of a small set, unpacked."""
    rng = np.random.default_rng(0)
    content = {}
    for stem, n in (("train", n_train), ("t10k", n_test)):
        content[f"{stem}-images-idx3-ubyte.gz"] = idx.encode(rng.integers(0, 256, (n, 28, 28), np.uint8))
        content[f"{stem}-labels-idx1-ubyte.gz"] = idx.encode(np.arange(n, dtype=np.uint8) % 10)
    return content


def write(folder: Path, content: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in content.items():
        (folder / name).write_bytes(gzip.compress(data, 1))


def test_a_local_copy_is_read_and_called_modified(tmp_path: Path) -> None:
    write(tmp_path / "fashion-mnist", small())
    task = FashionMNIST()
    train, test = task.load("train", tmp_path), task.load("test", tmp_path)
    assert (train.x.shape, test.x.shape) == ((20, 28, 28, 1), (10, 28, 28, 1))
    assert test.y.tolist() == list(range(10))
    files = task.files(tmp_path)
    assert [Path(f.path).name for f in files] == FILES
    assert {f.state for f in files} == {"modified"}
    assert "20 items" in files[0].note
    task.prepare(tmp_path)


@pytest.mark.usefixtures("no_debian")
def test_absent_data_are_asked_for_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(DataMissingError) as problem:
        FashionMNIST().load("train", tmp_path)
    message = str(problem.value)
    for part in (*FILES, str(tmp_path / "fashion-mnist"), "dataset-fashion-mnist", "gda-bench data prepare"):
        assert part in message
    assert "\n" not in message
    assert {f.state for f in FashionMNIST().files(tmp_path)} == {"missing"}


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (FILES[0], small()[FILES[0]][:5000], "holds 4,984"),
        (FILES[0], idx.encode(np.zeros((20, 32, 32), np.uint8)), "32x32"),
        (FILES[1], idx.encode(np.zeros(19, np.uint8)), "19 labels for the 20 images"),
        (FILES[1], idx.encode(np.full(20, 10, np.uint8)), "label 10"),
    ],
)
def test_damaged_files_are_named_and_not_used(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    write(tmp_path / "fashion-mnist", small() | {name: content})
    with pytest.raises(UserError, match=says) as problem:
        FashionMNIST().load("train", tmp_path)
    assert str(tmp_path / "fashion-mnist" / name) in str(problem.value)
    with pytest.raises(UserError, match=says):
        FashionMNIST().prepare(tmp_path)
    assert len(FashionMNIST().load("test", tmp_path)) == 10


def test_a_truncated_file_shows_in_the_status(tmp_path: Path) -> None:
    write(tmp_path / "fashion-mnist", small())
    path = tmp_path / "fashion-mnist" / FILES[2]
    path.write_bytes(path.read_bytes()[:-20])
    state = FashionMNIST().files(tmp_path)[2]
    assert (state.state, state.digest) == ("modified", None)
    assert "not a whole gzip file" in state.note


@pytest.mark.usefixtures("no_debian")
def test_prepare_fetches_verifies_and_leaves_no_rest(
    tmp_path: Path, site: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, folder = site
    write(folder, small())
    digests = [(name, hashlib.md5((folder / name).read_bytes()).hexdigest()) for name in FILES]
    monkeypatch.setattr(Published, "mirrors", [address])
    monkeypatch.setattr(Published, "resources", digests)
    FashionMNIST().prepare(tmp_path)
    assert len(FashionMNIST().load("train", tmp_path)) == 20
    assert sorted(p.name for p in (tmp_path / "fashion-mnist").iterdir()) == sorted(FILES)


@pytest.mark.usefixtures("no_debian")
def test_what_arrives_with_another_md5_is_refused(
    tmp_path: Path, site: tuple[str, Path], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    address, folder = site
    write(folder, small())
    monkeypatch.setattr(Published, "mirrors", [address])
    with pytest.raises(DataMissingError, match="has not the published md5") as problem:
        FashionMNIST().prepare(tmp_path)
    assert "\n" not in str(problem.value)
    assert list((tmp_path / "fashion-mnist").iterdir()) == []
    assert capfd.readouterr().out == "", "results go to stdout, and nothing else"


@pytest.mark.usefixtures("no_debian")
def test_without_a_network_one_line_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(Published, "mirrors", ["http://127.0.0.1:9/"])
    with pytest.raises(DataMissingError) as problem:
        FashionMNIST().prepare(tmp_path)
    message = str(problem.value)
    for part in (*FILES, str(tmp_path / "fashion-mnist"), "dataset-fashion-mnist", "127.0.0.1:9"):
        assert part in message
    assert "\n" not in message
    assert list((tmp_path / "fashion-mnist").iterdir()) == []


needs_debian = pytest.mark.skipif(not DEBIAN.is_dir(), reason="Debian's dataset-fashion-mnist is not installed")


@needs_debian
def test_debians_files_are_official_and_complete(tmp_path: Path) -> None:
    task = FashionMNIST()
    task.prepare(tmp_path)
    assert {f.state for f in task.files(tmp_path)} == {"official"}
    for split, n in (("train", 6000), ("test", 1000)):
        images = task.load(split, tmp_path)
        assert images.x.shape == (10 * n, *task.info.shape)
        assert np.bincount(images.y).tolist() == [n] * 10
    assert list(tmp_path.iterdir()) == []


@needs_debian
@pytest.mark.parametrize("stem", ["train", "t10k"])
def test_debians_content_is_the_publishers(stem: str) -> None:
    """With the name and date that the publisher's .gz had, Debian's have the publisher's md5s."""
    packed_at = {"train": 1504176606, "t10k": 1504176627}[stem]
    for name, md5 in Published.resources:
        if name.startswith(stem):
            deflated = (DEBIAN / name).read_bytes()[10:]
            header = b"\x1f\x8b\x08\x08" + struct.pack("<I", packed_at) + b"\x00\x03"
            original = header + name.removesuffix(".gz").encode() + b"\0" + deflated
            assert hashlib.md5(original).hexdigest() == md5
