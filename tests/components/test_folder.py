"""`folder`: what it serves, and what it refuses and how."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gda_bench.api import I64, U8, Images, RunContext, TaskInfo
from gda_generators.folder import Folder

SHAPE = (6, 5, 3)
TASK = TaskInfo("toy", "multiclass", SHAPE, ("cat", "dog"))
RNG = np.random.default_rng(0)
TRAIN = Images(np.zeros((2, *SHAPE), np.uint8), np.array([0, 1], np.int64))
LABELS: I64 = np.array([1, 0, 1, 0, 0], np.int64)


def pixels(n: int, shape: tuple[int, ...] = SHAPE) -> U8:
    return RNG.integers(0, 256, (n, *shape)).astype(np.uint8)


def write(root: Path, counts: dict[str, int]) -> None:
    for name, count in counts.items():
        (root / name).mkdir()
        for i, x in enumerate(pixels(count)):
            Image.fromarray(x).save(root / name / f"{i}.png")


def fitted(path: Path) -> Folder:
    generator = Folder(path=str(path))
    source = Path(generator.weights()["folder"].source)
    generator.fit(TRAIN, TASK, RunContext(0, weights={"folder": source}))
    return generator


@pytest.mark.parametrize("names", [("cat", "dog"), ("0", "1")])
def test_sub_folders_are_named_by_class_or_by_label(names: tuple[str, str], tmp_path: Path) -> None:
    write(tmp_path, {names[0]: 4, names[1]: 3})
    drawn = fitted(tmp_path).sample(LABELS, RunContext(1))
    for label, x in zip(LABELS, drawn, strict=True):
        own = [np.asarray(Image.open(p)) for p in (tmp_path / names[label]).iterdir()]
        assert any((x == o).all() for o in own)
    assert len(np.unique(drawn, axis=0)) == len(LABELS), "none comes twice"


def test_an_npz_serves_what_it_holds_wherever_it_was(tmp_path: Path) -> None:
    x, y = pixels(9), np.array([0] * 5 + [1] * 4, np.int32)
    np.savez(tmp_path / "drawn.npz", x=x, y=y)
    generator = fitted(tmp_path / "drawn.npz")
    (tmp_path / "drawn.npz").unlink()
    assert (np.sort(generator.sample(np.sort(y).astype(np.int64), RunContext(1)), 0) == np.sort(x, 0)).all()


def test_only_the_npz_that_is_named_counts(tmp_path: Path) -> None:
    wanted = Folder(path=str(tmp_path / "drawn.npz")).weights()["folder"]
    assert (wanted.source, wanted.files) == (str(tmp_path), ("drawn.npz",))


def test_a_larger_pool_begins_with_the_smaller_one(tmp_path: Path) -> None:
    write(tmp_path, {"cat": 6, "dog": 6})
    generator = fitted(tmp_path)
    assert (generator.sample(LABELS[:3], RunContext(1)) == generator.sample(LABELS, RunContext(1))[:3]).all()


def test_it_is_closed_only_where_the_user_says_so() -> None:
    assert (Folder(path="x").track, Folder(path="x", closed=True).track, Folder.track) == ("open", "closed", "open")


def test_without_a_path_it_says_how_to_give_one() -> None:
    assert "folder:path=" in str(Folder().supports(TASK))


def test_too_few_images_of_a_class_are_refused(tmp_path: Path) -> None:
    write(tmp_path, {"cat": 2, "dog": 2})
    with pytest.raises(ValueError, match="holds 2 images of class 'cat' and the largest m asks for 3: draw more"):
        fitted(tmp_path).sample(LABELS, RunContext(0))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda root: (root / "cat/9.png").write_bytes(b"not an image"), "cat/9.png cannot be read as an image"),
        (lambda root: (root / "cat/notes.txt").write_text("x"), "cat/notes.txt is no PNG or JPEG image: remove it"),
        (lambda root: Image.new("RGB", (5, 7)).save(root / "cat/9.png"), "cat/9.png is 7 x 5 px of mode RGB; .* 6 x 5"),
        (lambda root: Image.new("L", (5, 6)).save(root / "dog/9.png"), "of mode L; the task needs .* RGB: convert it"),
        (lambda root: (root / "bird").mkdir(), "sub-folder 'bird' is neither a class nor a label"),
        (lambda root: [p.unlink() for p in (root / "dog").iterdir()], "holds no image of class 'dog'"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(spoil: object, message: str, tmp_path: Path) -> None:
    assert callable(spoil)
    write(tmp_path, {"cat": 2, "dog": 2})
    spoil(tmp_path)
    with pytest.raises(ValueError, match=message):
        fitted(tmp_path)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (pixels(2, (6, 5, 1)), np.array([0, 1]), r"needs uint8 \(N, 6, 5, 3\)"),
        (pixels(2).astype(np.float32), np.array([0, 1]), "x is float32"),
        (pixels(2), np.array([0, 2]), "labels run from 0 to 2; the task's from 0 to 1"),
        (pixels(2), np.array([0.0, 1.0]), "one integer label for each"),
        (pixels(2), np.array([0, 1, 1]), "one integer label for each"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(x: np.ndarray, y: np.ndarray, message: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "drawn.npz", x=x, y=y)
    with pytest.raises(ValueError, match=message):
        fitted(tmp_path / "drawn.npz")


def test_a_file_that_is_no_npz_is_refused(tmp_path: Path) -> None:
    (tmp_path / "drawn.npz").write_bytes(b"PK nonsense")
    with pytest.raises(ValueError, match=r"drawn.npz is not an .npz file"):
        fitted(tmp_path / "drawn.npz")
