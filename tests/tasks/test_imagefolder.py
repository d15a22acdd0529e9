"""The tasks `imagefolder` and `imagenet100`: what is read, and into which split."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gda_bench.api import DataMissingError, UserError
from gda_tasks.imagefolder import ImageFolder
from gda_tasks.imagenet100 import CLASSES, ImageNet100

Save = Callable[[str, int], Path]
RNG = np.random.default_rng(0)


def pixels(height: int = 8, width: int = 8, depth: int = 3) -> np.ndarray:
    return RNG.integers(0, 256, (height, width, depth), np.uint8).squeeze()


def fill(folder: Path, names: tuple[str, ...], n: int, **size: int) -> None:
    for name in names:
        (folder / name).mkdir(parents=True, exist_ok=True)
        for i in range(n):
            Image.fromarray(pixels(**size)).save(folder / name / f"{i}.png")


def test_one_folder_a_class_is_split_by_class(tmp_path: Path) -> None:
    fill(tmp_path, ("dog", "cat", "ant"), 10)
    task = ImageFolder(root=str(tmp_path), test_fraction=0.3)
    train, test = task.load("train", tmp_path), task.load("test", tmp_path)
    assert task.info.classes == ("ant", "cat", "dog")
    assert (train.x.shape, test.x.shape) == ((21, *task.info.shape), (9, 8, 8, 3))
    assert np.bincount(test.y).tolist() == [3, 3, 3]
    assert any("the split is ours" in caveat and "0.3" in caveat for caveat in task.info.caveats)
    every = {x.tobytes() for x in (*train.x, *test.x)}
    assert every == {np.asarray(Image.open(path)).tobytes() for path in tmp_path.rglob("*.png")}


@pytest.mark.parametrize(
    ("folders", "test_from", "says"),
    [
        (("train", "test"), "test", "one patient"),
        (("train", "val"), "val", "val serves as the test split"),
        (("train", "test", "val"), "test", "val is used neither"),
    ],
)
def test_a_split_of_its_own_is_kept(folders: tuple[str, ...], test_from: str, says: str, tmp_path: Path) -> None:
    for n, folder in enumerate(folders, start=2):
        fill(tmp_path / folder, ("cat", "dog"), n)
    task = ImageFolder(root=str(tmp_path))
    assert len(task.load("train", tmp_path)) == 4
    expected = [np.asarray(Image.open(path)) for path in sorted((tmp_path / test_from).rglob("*.png"))]
    assert (task.load("test", tmp_path).x == expected).all()
    assert any(says in caveat for caveat in task.info.caveats)
    assert task.info.kind == "binary"


def test_every_format_is_read_and_kept_apart_by_depth(tmp_path: Path) -> None:
    x = pixels()
    for name in ("cat", "dog"):
        (tmp_path / name / "deeper").mkdir(parents=True)
        for suffix in ("png", "bmp", "tiff"):
            Image.fromarray(x).save(tmp_path / name / f"a.{suffix}")
        Image.fromarray(x).save(tmp_path / name / "deeper" / "B.WEBP", lossless=True)
        (tmp_path / name / ".hidden.png").write_text("no image")
        (tmp_path / name / "notes.txt").write_text("no image either")
    task = ImageFolder(root=str(tmp_path))
    assert (task.load("train", tmp_path).x == x).all()
    assert task.files(tmp_path)[0].note == "6 + 2 images; 2 other files are left out, notes.txt among them"


@pytest.mark.parametrize(("colour", "depth"), [("auto", 1), ("rgb", 3), ("grey", 1)])
def test_grey_or_rgb_is_the_files_or_the_users_choice(colour: str, depth: int, tmp_path: Path) -> None:
    fill(tmp_path, ("cat", "dog"), 3, depth=1)
    task = ImageFolder(root=str(tmp_path), colour=colour)  # type: ignore[arg-type]
    images = task.load("train", tmp_path)
    assert images.x.shape[1:] == task.info.shape == (8, 8, depth)
    assert (images.x == images.x[..., :1]).all()


@pytest.mark.parametrize("suffix", ["jpg", "png", "tiff", "webp"])
def test_pictures_are_shown_upright(suffix: str, tmp_path: Path) -> None:
    """Orientation 6: the first row is the right side, so what was left and dark is now above."""
    stored = np.zeros((16, 32, 3), np.uint8)
    stored[:, 16:] = 255
    exif = Image.Exif()
    exif[0x0112] = 6
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for i in range(2):
            Image.fromarray(stored).save(tmp_path / name / f"{i}.{suffix}", exif=exif)
    with pytest.raises(UserError, match="32 x 16 px"):
        ImageFolder(root=str(tmp_path)).info  # noqa: B018
    x = ImageFolder(root=str(tmp_path), size=16).load("train", tmp_path).x
    assert x[:, :4].max() < 60
    assert x[:, -4:].min() > 195


def test_pictures_are_resized_by_the_shorter_side_and_cropped_at_the_centre(tmp_path: Path) -> None:
    wide = np.zeros((40, 100, 3), np.uint8)
    wide[:, :30], wide[:, 30:70], wide[:, 70:] = 255, 128, 255
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for i in range(2):
            Image.fromarray(wide).save(tmp_path / name / f"{i}.png")
    x = ImageFolder(root=str(tmp_path), size=20).load("train", tmp_path).x
    assert x.shape == (2, 20, 20, 3)
    assert (x[:, :, 2:-2] == 128).all()


@pytest.mark.parametrize("size", [{}, {"size": 5}])
def test_sizes_up_to_64_are_taken_as_they_are(size: dict[str, int], tmp_path: Path) -> None:
    fill(tmp_path, ("cat", "dog"), 2, height=64, width=64)
    assert ImageFolder(root=str(tmp_path), **size).info.shape == ((5, 5, 3) if size else (64, 64, 3))  # type: ignore[arg-type]


def test_groups_are_read_and_never_divided(tmp_path: Path) -> None:
    fill(tmp_path, ("cat", "dog"), 20)
    rows = [f"{name}/{i}.png,patient {i // 4}" for name in ("dog", "cat") for i in range(20)]
    (tmp_path / "groups.csv").write_text("\n".join(["file,group", *rows]))
    task = ImageFolder(root=str(tmp_path))
    train, test = task.load("train", tmp_path), task.load("test", tmp_path)
    assert train.group is not None
    assert test.group is not None
    assert not set(train.group) & set(test.group)
    assert set(train.group) | set(test.group) == set(range(5))
    assert np.bincount(test.y).tolist() == [4, 4]
    assert any("whole groups" in caveat for caveat in task.info.caveats)


def test_the_digest_is_of_the_content_not_of_the_place(tmp_path: Path) -> None:
    fill(tmp_path / "a", ("cat", "dog"), 2)
    first = ImageFolder(root=str(tmp_path / "a")).files(tmp_path)[0]
    (tmp_path / "a").rename(tmp_path / "b")
    moved = ImageFolder(root=str(tmp_path / "b")).files(tmp_path)[0]
    fill(tmp_path / "b", ("cat",), 1)
    changed = ImageFolder(root=str(tmp_path / "b")).files(tmp_path)[0]
    assert first.state == "unpublished"
    assert first.digest == moved.digest != changed.digest


def test_without_a_folder_it_says_how_to_name_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="write imagefolder:root=FOLDER"):
        ImageFolder().info  # noqa: B018
    with pytest.raises(UserError, match="write imagenet100:root=FOLDER"):
        ImageNet100().prepare(tmp_path)
    assert ImageFolder().files(tmp_path)[0].state == "missing"
    task = ImageFolder(root=str(tmp_path / "nowhere"))
    assert task.files(tmp_path)[0].state == "missing"
    with pytest.raises(DataMissingError, match="nowhere is not a folder"):
        task.prepare(tmp_path)


def test_linked_folders_are_followed(tmp_path: Path) -> None:
    fill(tmp_path / "store", ("n1", "n2"), 2)
    (tmp_path / "view").mkdir()
    for target, name in (("n1", "cat"), ("n2", "dog")):
        (tmp_path / "view" / name).symlink_to(tmp_path / "store" / target)
    assert len(ImageFolder(root=str(tmp_path / "view")).load("train", tmp_path)) == 2


def test_a_tenth_of_cifar10_survives_the_way_through_png(tmp_path: Path, shared_data: Path) -> None:
    with np.load(shared_data / "cifar10_lossless_part.npz") as f:
        arrays = {name: f[name][:300] for name in f.files}
    for split in ("train", "test"):
        for i, (x, y) in enumerate(zip(arrays[f"{split}_images"], arrays[f"{split}_labels"], strict=True)):
            path = tmp_path / split / f"{y}" / f"{i:05}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(x).save(path)
    task = ImageFolder(root=str(tmp_path))
    assert task.info.shape == (32, 32, 3)
    for split in ("train", "test"):
        images = task.load(split, tmp_path)  # type: ignore[arg-type]
        by_class = np.argsort(arrays[f"{split}_labels"], kind="stable")
        assert (images.x == arrays[f"{split}_images"][by_class]).all()
        assert (images.y == arrays[f"{split}_labels"][by_class]).all()


def test_imagenet100_reads_its_hundred_classes_and_no_other(tmp_path: Path) -> None:
    fill(tmp_path / "train", (*CLASSES, "n00000000"), 1, height=20, width=30)
    fill(tmp_path / "val", CLASSES, 1)
    (tmp_path / "test").mkdir()  # ImageNet's has no labels
    task = ImageNet100(root=str(tmp_path), size=16)
    assert len(set(CLASSES)) == 100
    assert task.info.classes == CLASSES
    assert task.info.name == f"imagenet100:root={tmp_path.name},size=16"
    for split in ("train", "test"):
        images = task.load(split, tmp_path)  # type: ignore[arg-type]
        assert images.x.shape == (100, 16, 16, 3)
        assert images.y.tolist() == list(range(100))
    assert task.files(tmp_path)[0].note == "100 + 100 images; published: 126,689 + 5,000"


def test_imagenet100_names_what_a_folder_lacks(tmp_path: Path) -> None:
    fill(tmp_path / "train", CLASSES[1:], 1)
    with pytest.raises(UserError, match="has no folder val"):
        ImageNet100(root=str(tmp_path)).load("test", tmp_path)
    fill(tmp_path / "val", CLASSES, 1)
    with pytest.raises(UserError, match=rf"of 1 of 100 classes: {CLASSES[0]}"):
        ImageNet100(root=str(tmp_path)).load("train", tmp_path)
