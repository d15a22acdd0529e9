"""The tasks `mnist`, `cifar10`, `cifar100` and `stl10`: on small files in their publishers' formats."""

from __future__ import annotations

import gzip
import hashlib
import io
import pickle
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torchvision import datasets

from gda_bench.api import DataMissingError, Task, UserError
from gda_tasks import idx
from gda_tasks.cifar import CIFAR10, CIFAR100
from gda_tasks.mnist import MNIST
from gda_tasks.stl10 import STL10

RNG = np.random.default_rng(0)
PER_FILE = 20


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def pixels(n: int, *shape: int) -> np.ndarray:
    return RNG.integers(0, 256, (n, *shape), np.uint8)


def packed(folder: str, content: dict[str, bytes]) -> bytes:
    """A .tar.gz with the files in the folder, and one that nobody wants."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for name, data in {**content, "readme.html": b"hello"}.items():
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return file.getvalue()


def cifar(published: Any, labels: str) -> dict[str, bytes]:
    """The files of a small CIFAR, by torchvision's names."""
    content = {}
    for name, _ in (*published.train_list, *published.test_list):
        y = [i % 10 for i in range(PER_FILE)]
        content[name] = pickle.dumps({"data": pixels(PER_FILE, 3 * 32 * 32), labels: y})
    content[published.meta["filename"]] = pickle.dumps({published.meta["key"]: ["a"] * 10})
    return content


def stl10() -> dict[str, bytes]:
    content = {}
    for split, n in (("train", 20), ("test", 10)):
        content[f"{split}_X.bin"] = pixels(n, 3, 96, 96).tobytes()
        content[f"{split}_y.bin"] = (np.arange(n, dtype=np.uint8) % 10 + 1).tobytes()
    return content


def publish(published: Any, content: dict[str, bytes], site: tuple[str, Path], patch: pytest.MonkeyPatch) -> None:
    """Have the official set be this one, at this address."""
    (address, folder), archive = site, packed(published.base_folder, content)
    (folder / published.filename).write_bytes(archive)
    patch.setattr(published, "url", f"{address}{published.filename}")
    patch.setattr(published, "tgz_md5", md5(archive))
    for part in ("train_list", "test_list"):
        listed = [[name, md5(content[name])] for name, _ in getattr(published, part) if name in content]
        patch.setattr(published, part, listed)
    if hasattr(published, "meta"):
        name = published.meta["filename"]
        patch.setattr(published, "meta", {**published.meta, "md5": md5(content[name])})


@pytest.mark.parametrize(
    ("task", "published", "labels"),
    [(CIFAR10(), datasets.CIFAR10, "labels"), (CIFAR100(), datasets.CIFAR100, "fine_labels")],
)
def test_cifar_is_fetched_verified_unpacked_and_read(
    task: Task, published: Any, labels: str, site: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = cifar(published, labels)
    publish(published, content, site, monkeypatch)
    root = site[1].parent / "data"
    task.prepare(root)
    assert {file.state for file in task.files(root)} == {"official"}
    assert {p.name for p in root.rglob("*") if p.is_file()} == set(content), "and no archive, and no rest"
    for split, listed in (("train", published.train_list), ("test", published.test_list)):
        images = task.load(split, root)  # type: ignore[arg-type]
        entries = [pickle.loads(content[name]) for name, _ in listed]
        planes = np.concatenate([entry["data"] for entry in entries]).reshape(-1, 3, 32, 32)
        assert (images.x == planes.transpose(0, 2, 3, 1)).all()
        assert images.y.tolist() == [label for entry in entries for label in entry[labels]]


def test_a_cifar_with_another_md5_is_not_unpickled(
    tmp_path: Path, site: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(datasets.CIFAR10, cifar(datasets.CIFAR10, "labels"), site, monkeypatch)
    CIFAR10().prepare(tmp_path)
    trap = tmp_path / "ran"

    class Trap:
        def __reduce__(self) -> tuple[Any, tuple[Path]]:
            return Path.touch, (trap,)

    path = tmp_path / "cifar10" / "cifar-10-batches-py" / "data_batch_3"
    path.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(UserError, match="pickle, which can run code") as problem:
        CIFAR10().load("test", tmp_path)
    assert str(path) in str(problem.value)
    assert not trap.exists()
    assert [file.state for file in CIFAR10().files(tmp_path)].count("modified") == 1


def test_an_archive_that_was_put_there_serves_offline(
    tmp_path: Path, site: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, folder = site
    publish(datasets.STL10, stl10(), site, monkeypatch)
    monkeypatch.setattr(datasets.STL10, "url", "http://127.0.0.1:9/stl10_binary.tar.gz")
    with pytest.raises(DataMissingError, match=r"put stl10_binary.tar.gz into \S+stl10$") as problem:
        STL10().prepare(tmp_path)
    assert "\n" not in str(problem.value)
    assert list((tmp_path / "stl10").iterdir()) == []
    (folder / "stl10_binary.tar.gz").rename(tmp_path / "stl10" / "stl10_binary.tar.gz")
    STL10().prepare(tmp_path)
    assert len(STL10().load("train", tmp_path)) == 20


def test_stl10_is_read_by_column_without_its_unlabelled_part(tmp_path: Path) -> None:
    content = stl10()
    folder = tmp_path / "stl10_binary"  # as torchvision leaves it, in the data folder itself
    folder.mkdir()
    for name, data in content.items():
        (folder / name).write_bytes(data)
    images = STL10().load("train", tmp_path)
    columns = np.frombuffer(content["train_X.bin"], np.uint8).reshape(20, 3, 96, 96)
    assert (images.x == columns.transpose(0, 3, 2, 1)).all()
    assert images.y.tolist() == [i % 10 for i in range(20)]
    files = STL10().files(tmp_path)
    assert [file.state for file in files] == ["modified"] * 4
    assert [file.note for file in files] == [
        *["20 items; official: 5,000"] * 2,
        *["10 items; official: 8,000"] * 2,
    ]


@pytest.mark.parametrize("place", ["mnist", "MNIST/raw"])
def test_mnist_is_found_in_our_folder_and_in_torchvisions(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / place
    folder.mkdir(parents=True)
    md5s = []
    for stem, n in (("train", 30), ("t10k", 10)):
        for part, array in (("images-idx3", pixels(n, 28, 28)), ("labels-idx1", np.arange(n, dtype=np.uint8) % 10)):
            path = folder / f"{stem}-{part}-ubyte.gz"
            path.write_bytes(gzip.compress(idx.encode(array), mtime=0))
            md5s.append((path.name, md5(path.read_bytes())))
    task = MNIST()
    assert task.load("train", tmp_path).x.shape == (30, *task.info.shape)
    assert {file.state for file in task.files(tmp_path)} == {"modified"}
    assert "30 items, not the published content of 60,000" in task.files(tmp_path)[0].note
    monkeypatch.setattr(datasets.MNIST, "resources", md5s)
    assert {file.state for file in task.files(tmp_path)} == {"official"}


@pytest.mark.parametrize(
    ("task", "wanted"),
    [
        (MNIST(), "train-images-idx3-ubyte.gz"),
        (CIFAR10(), "cifar-10-python.tar.gz"),
        (CIFAR100(), "cifar-100-python.tar.gz"),
        (STL10(), "stl10_binary.tar.gz"),
    ],
)
def test_absent_data_are_asked_for_in_one_line(task: Task, wanted: str, tmp_path: Path) -> None:
    assert {file.state for file in task.files(tmp_path)} == {"missing"}
    with pytest.raises(DataMissingError) as problem:
        task.load("train", tmp_path)
    message = str(problem.value)
    for part in (f"gda-bench data prepare {task.info.name}", wanted, str(tmp_path / task.info.name)):
        assert part in message
    assert "\n" not in message


@pytest.mark.parametrize(("task", "n"), [(CIFAR10(), 10), (CIFAR100(), 100), (STL10(), 10), (MNIST(), 10)])
def test_the_info_is_complete(task: Task, n: int) -> None:
    info = task.info
    assert len(set(info.classes)) == n
    for field in ("modality", "licence", "source", "citation", "caveats"):
        assert getattr(info, field), field


def test_the_classes_are_torchvisions_where_it_names_them() -> None:
    assert [name.partition(" ")[0] for name in datasets.MNIST.classes] == list(MNIST().info.classes)
