"""Malformed inputs: each is refused in one line that names it, and leaves nothing half-written behind."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from torchvision import datasets

from gda_bench.api import Task, UserError
from gda_tasks import idx
from gda_tasks.cifar import CIFAR10
from gda_tasks.imagefolder import ImageFolder
from gda_tasks.medmnist import MedMNIST
from gda_tasks.mnist import MNIST
from gda_tasks.pcam import PCam
from gda_tasks.stl10 import STL10

Spoil = Callable[[Path], object]
RNG = np.random.default_rng(0)


def jpeg(height: int = 16, width: int = 16) -> bytes:
    file = io.BytesIO()
    Image.fromarray(RNG.integers(0, 256, (height, width, 3), np.uint8)).save(file, "JPEG")
    return file.getvalue()


def bomb(side: int) -> bytes:
    """A PNG of some hundred bytes that says it unpacks to side x side pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    header = side.to_bytes(4) + side.to_bytes(4) + b"\x08\x02\0\0\0"
    rest = chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + rest


def half_transparent(path: Path) -> None:
    Image.new("RGBA", (16, 16), (10, 20, 30, 128)).save(path)


def animated(path: Path) -> None:
    frames = [Image.new("RGB", (16, 16), (i, 0, 0)) for i in (0, 255)]
    frames[0].save(path, save_all=True, append_images=frames[1:], lossless=True)


@pytest.fixture
def pictures() -> Iterator[Path]:
    """Two classes with five sound pictures each, in a folder that anybody may enter."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        root.chmod(0o755)
        for label in ("cat", "dog"):
            (root / label).mkdir()
            for i in range(5):
                (root / label / f"{i}.jpg").write_bytes(jpeg())
        yield root


@pytest.fixture
def anybody() -> Iterator[None]:
    """Within, the user is none to whom the rights of a file do not apply."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def refused(task: Task, data: Path) -> str:
    """What a run does with a task before its first cell ends in one line, and writes nothing into the data folder."""
    before = sorted(data.rglob("*")) if data.is_dir() else []
    with pytest.raises(UserError) as problem:
        _read(task, data)
    assert (sorted(data.rglob("*")) if data.is_dir() else []) == before
    message = str(problem.value)
    assert "\n" not in message
    assert len(message) < 2000
    return message


def _read(task: Task, data: Path) -> None:
    task.files(data)
    task.info  # noqa: B018
    task.load("train", data)
    task.load("test", data)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda r: (r / "cat/3.jpg").write_bytes(jpeg()[:-50]), "1 of 8 files cannot be used: cat/3.jpg .*truncated"),
        (lambda r: (r / "cat/9.png").write_text("a text"), "cat/9.png is no PNG, JPEG, BMP, TIFF or WebP image"),
        (lambda r: (r / "dog/3.jpg").write_bytes(b""), "dog/3.jpg is empty"),
        (lambda r: (r / "dog/9.png").write_bytes(bomb(10_000)), "dog/9.png unpacks to 10,000 x 10,000 px, a decompr"),
        (lambda r: (r / "dog/9.png").write_bytes(bomb(100_000)), "dog/9.png .*decompression bomb"),
        (lambda r: (r / "dog/9.png").write_bytes(bomb(16)), "dog/9.png cannot be read: .*truncated"),
        (lambda r: (r / "dog/9.webp").symlink_to("9.webp"), "dog/9.webp cannot be read: Too many levels"),
        (lambda r: (r / "dog/again").symlink_to(r / "dog"), "dog/again: a link that leads back to"),
        (lambda r: (r / "cat/9.png").symlink_to("gone.png"), "cat/9.png cannot be read: No such file"),
        (lambda r: [p.unlink() for p in (r / "dog").iterdir()], "no image .* of 1 of 2 classes: dog"),
        (lambda r: shutil.rmtree(r / "dog"), "at least two class folders, .*one alone, cat"),
        (lambda r: (r / "cat").rename(r / "train"), "has a folder train and no test or val beside it"),
        (lambda r: (r / "cat/9.jpg").write_bytes(jpeg(16, 20)), "of 2 sizes, 16 x 16 to 16 x 20 px: .*,size=32"),
        (lambda r: Image.new("L", (16, 16)).save(r / "cat/9.png"), "cat/9.png is grey; the rest are coloured: add col"),
        (lambda r: Image.new("I;16", (16, 16)).save(r / "cat/9.png"), "cat/9.png holds values of more than 8 bits"),
        (lambda r: half_transparent(r / "cat/9.png"), "cat/9.png is partly transparent"),
        (lambda r: animated(r / "cat/9.webp"), "cat/9.webp holds several pictures"),
        (lambda r: [(r / f"cat/x{i:02}.jpg").touch() for i in range(12)], "12 of 22 .*x09.jpg is empty; and 2 more"),
        (lambda r: (r / "groups.csv").write_text("file,patient\n"), "groups.csv: has no column 'group'"),
        (lambda r: (r / "groups.csv").write_text("file,group\ncat/0.jpg,a\n"), "leaves out 9 images: cat/1.jpg, "),
        (lambda r: (r / "groups.csv").write_text("file,group\ncat/0.jpg,a\ncat/0.jpg,b\n"), "line 3 names cat/0.j"),
        (lambda r: (r / "groups.csv").write_text("file,group\ncat/0.jpeg,a\n"), "did you mean cat/0.jpg"),
        (lambda r: (r / "groups.csv").write_bytes(b"file,group\n\xff\xfe,a\n"), "groups.csv: not a readable table"),
    ],
)  # fmt: skip
def test_pictures_that_cannot_be_used_are_named(spoil: Spoil, says: str, pictures: Path, tmp_path: Path) -> None:
    spoil(pictures)
    task = ImageFolder(root=str(pictures))
    with pytest.raises(UserError, match=says):
        _read(task, tmp_path)
    assert str(pictures) in refused(ImageFolder(root=str(pictures)), tmp_path)


@pytest.mark.parametrize(
    ("path", "says"), [("dog/2.jpg", "dog/2.jpg cannot be read: Perm"), ("dog", "cannot be listed")]
)
def test_what_may_not_be_read_is_named(path: str, says: str, pictures: Path, request: pytest.FixtureRequest) -> None:
    (pictures / path).chmod(0)
    request.getfixturevalue("anybody")
    with pytest.raises(UserError, match=says):
        _read(ImageFolder(root=str(pictures)), pictures)


@pytest.mark.parametrize("options", [{"size": -1}, {"test_fraction": 0.0}, {"test_fraction": 1.0}])
def test_parameters_out_of_range_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(UserError, match=next(iter(options))):
        ImageFolder(**options)  # type: ignore[arg-type]


def mnist(data: Path, **changed: bytes) -> None:
    content = {
        "train_images_idx3": idx.encode(RNG.integers(0, 256, (20, 28, 28), np.uint8)),
        "train_labels_idx1": idx.encode(np.arange(20, dtype=np.uint8) % 10),
    }
    content |= {key.replace("train", "t10k"): value for key, value in content.items()}
    (data / "mnist").mkdir()
    for key, value in {**content, **changed}.items():
        stem, part, kind = key.split("_")
        (data / "mnist" / f"{stem}-{part}-{kind}-ubyte.gz").write_bytes(gzip.compress(value))


def npz_bomb(data: Path) -> None:
    """Some kilobytes that unpack to a gigabyte, in an array whose header promises little."""
    images = io.BytesIO()
    np.lib.format.write_array(images, np.zeros((4, 28, 28), np.uint8))
    with zipfile.ZipFile(data / "breastmnist.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("train_images.npy", "w", force_zip64=True) as member:
            member.write(images.getvalue())
            for _ in range(64):
                member.write(bytes(1 << 20))
        for name in ("train_labels", "test_images", "test_labels"):
            archive.writestr(f"{name}.npy", images.getvalue())


def npz_pickle(data: Path) -> None:
    arrays = {f"{s}_{kind}": np.array([{}] * 4, object) for s in ("train", "test") for kind in ("images", "labels")}
    np.savez(data / "breastmnist.npz", **arrays)


def stl10(data: Path, images: int, labels: bytes) -> None:
    (data / "stl10_binary").mkdir()
    for split in ("train", "test"):
        (data / "stl10_binary" / f"{split}_X.bin").write_bytes(bytes(images))
        (data / "stl10_binary" / f"{split}_y.bin").write_bytes(labels)


def pcam(data: Path) -> None:
    pytest.importorskip("h5py", reason="the extra `pcam` is not installed")
    from gda_tasks.pcam import FILES

    (data / "pcam").mkdir()
    for name in FILES:
        (data / "pcam" / name).write_bytes(b"\x89HDF\r\n\x1a\n and no more")


PICTURE = 3 * 96 * 96


@pytest.mark.parametrize(
    ("task", "spoil", "says"),
    [
        (MNIST(), lambda d: mnist(d, train_images_idx3=b"\0\0\x0d\x03" + bytes(99)), "train-images.*: not IDX bytes"),
        (MNIST(), lambda d: mnist(d, train_labels_idx1=idx.encode(np.full(20, 11, np.uint8))), "holds the label 11"),
        (MNIST(), lambda d: mnist(d, train_images_idx3=b"\0\0\x08\x03" + b"\xff" * 12), "and holds 0"),
        (MedMNIST(), npz_bomb, "breastmnist.npz: train_images is .* the archive holds 67,"),
        (MedMNIST(), npz_pickle, "pickled objects, which can run code and are never loaded"),
        (STL10(), lambda d: stl10(d, 2 * PICTURE + 7, b"\1\2"), "train_X.bin: ends within image 2, 7 bytes past"),
        (STL10(), lambda d: stl10(d, 2 * PICTURE, b"\1"), "train_y.bin: holds 1 labels for the 2 images"),
        (STL10(), lambda d: stl10(d, 2 * PICTURE, b"\0\1"), "train_y.bin: holds labels outside 1 to 10"),
        (PCam(), pcam, "split_train_x.h5: not a readable HDF5 file"),
    ],
)  # fmt: skip
def test_published_files_that_are_spoilt_are_named(task: Task, spoil: Spoil, says: str, tmp_path: Path) -> None:
    data = tmp_path / "in"
    data.mkdir()
    spoil(data)
    with pytest.raises(UserError, match=says):
        _read(task, data)
    assert str(data) in refused(task, data)


@pytest.mark.parametrize(
    ("content", "matching", "says"),
    [
        (b"another file", False, "cifar-10-python.tar.gz: has not the published md5"),
        (b"no archive", True, "cifar-10-python.tar.gz: cannot be unpacked"),
        (gzip.compress(bytes(5000))[:40], True, "cifar-10-python.tar.gz: cannot be unpacked"),
    ],
    ids=["another file", "no archive", "cut short"],  # of its content, which holds the time, workers would make two
)
def test_archives_that_are_spoilt_leave_nothing(
    content: bytes, matching: bool, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cifar10").mkdir()
    (tmp_path / "cifar10" / "cifar-10-python.tar.gz").write_bytes(content)
    if matching:
        monkeypatch.setattr(datasets.CIFAR10, "tgz_md5", hashlib.md5(content).hexdigest())
    with pytest.raises(UserError, match=says) as problem:
        CIFAR10().prepare(tmp_path)
    assert "\n" not in str(problem.value)
    assert [p.name for p in (tmp_path / "cifar10").iterdir()] == ["cifar-10-python.tar.gz"]
