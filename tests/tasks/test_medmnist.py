"""The tasks `medmnist/<flag>`: on small files in MedMNIST's format, and on real ones where they lie."""

from __future__ import annotations

import dataclasses
import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from medmnist import INFO
from numpy.typing import NDArray

import gda_tasks.medmnist as module
from gda_bench.api import DataMissingError, UserError
from gda_tasks.medmnist import MedMNIST
from gda_tasks.medmnist_catalog import SETS

Arrays = dict[str, NDArray[np.generic]]


def arrays(flag: str = "breastmnist", size: int = 28, n: int = 12) -> Arrays:
    """Three small splits as MedMNIST writes them: uint8 images, labels (N, 1), or (N, 14) for chestmnist."""
    rng = np.random.default_rng(0)
    colour, labels = INFO[flag]["n_channels"] == 3, len(INFO[flag]["label"])
    made: Arrays = {}
    for split, count in (("train", n), ("val", 2), ("test", n // 2)):
        made[f"{split}_images"] = rng.integers(0, 256, (count, size, size) + (3,) * colour, np.uint8)
        if flag == "chestmnist":
            made[f"{split}_labels"] = rng.integers(0, 2, (count, labels), np.uint8)
        else:
            made[f"{split}_labels"] = (np.arange(count, dtype=np.uint8) % labels)[:, None]
    return made


def write(path: Path, content: Arrays) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **content)
    return path


def refused(task: MedMNIST, root: Path) -> str:
    """Loading is refused in one line that names the file."""
    with pytest.raises(UserError) as problem:
        task.load("train", root)
    message = str(problem.value)
    assert message.startswith(str(root))
    assert "\n" not in message
    return message


CHECKED_FIGURES = {
    "pathmnist": {"accuracy": 0.907, "auc": 0.983},
    "dermamnist": {"accuracy": 0.735},
    "octmnist": {"accuracy": 0.743},
    "pneumoniamnist": {"accuracy": 0.854, "auc": 0.944},
    "breastmnist": {"accuracy": 0.863, "auc": 0.901},
}


@pytest.mark.parametrize("flag", SETS)
def test_every_set_says_what_it_is_and_loads(flag: str, tmp_path: Path) -> None:
    task = MedMNIST(flag=flag)
    content = arrays(flag)
    write(tmp_path / "medmnist" / f"{flag}.npz", content)
    images, info = task.load("train", tmp_path), task.info
    assert info.name == f"medmnist/{flag}"
    assert images.x.shape == (12, *info.shape)
    np.testing.assert_array_equal(images.x.squeeze(), content["train_images"])
    assert images.y.max() < info.n_classes
    assert info.licence == INFO[flag]["license"]
    if flag != "chestmnist":
        assert images.y.tolist() == content["train_labels"][:, 0].tolist()
        assert info.classes == tuple(INFO[flag]["label"].values())
        figures = {key: value for key, value in info.reference.items() if key in ("accuracy", "auc")}
        assert figures == CHECKED_FIGURES.get(flag, {})


def test_kinds() -> None:
    kinds = {flag: MedMNIST(flag=flag).info.kind for flag in SETS}
    assert [f for f, kind in kinds.items() if kind == "ordinal"] == ["retinamnist"]
    assert [f for f, kind in kinds.items() if kind == "binary"] == [
        "chestmnist",
        "pneumoniamnist",
        "breastmnist",
    ]


@pytest.mark.parametrize("size", [64, 128, 224])
def test_larger_sizes_have_files_and_names_of_their_own(size: int, tmp_path: Path) -> None:
    task = MedMNIST(flag="bloodmnist", size=size)
    write(tmp_path / "medmnist" / f"bloodmnist_{size}.npz", arrays("bloodmnist", size))
    assert task.load("test", tmp_path).x.shape == (6, size, size, 3)
    assert task.info.name == f"medmnist/bloodmnist:size={size}"
    assert task.info.shape == (size, size, 3)
    assert not task.info.reference, "the published figures are for 28 px"


def test_the_validation_split_is_in_neither(tmp_path: Path) -> None:
    content = arrays()
    content["val_images"][:] = 77
    write(tmp_path / "medmnist" / "breastmnist.npz", content)
    for split in ("train", "test"):
        assert not (MedMNIST().load(split, tmp_path).x == 77).all(axis=(1, 2, 3)).any()
    assert any("validation split" in caveat for caveat in MedMNIST().info.caveats)


def test_chestmnist_is_reduced_to_any_finding_or_one(tmp_path: Path) -> None:
    content = arrays("chestmnist")
    content["train_labels"][:3] = 0
    write(tmp_path / "medmnist" / "chestmnist.npz", content)
    findings = content["train_labels"]
    anything = MedMNIST(flag="chestmnist")
    edema = MedMNIST(flag="chestmnist", finding="edema", size=28)
    assert anything.load("train", tmp_path).y.tolist() == findings.any(axis=1).astype(int).tolist()
    assert edema.load("train", tmp_path).y.tolist() == findings[:, 9].tolist()
    assert anything.info.classes == ("no finding", "any finding")
    assert edema.info.classes == ("no edema", "edema")
    assert edema.info.name == "medmnist/chestmnist:finding=edema"
    for task in (anything, edema):
        assert any("multi-label" in caveat for caveat in task.info.caveats)
        assert not task.info.reference


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"flag": "brestmnist"}, "did you mean breastmnist"),
        ({"flag": "organmnist3d"}, "no 2-D set"),
        ({"size": 32}, "28 is nearest"),
        ({"size": 200}, "224 is nearest"),
        ({"finding": "edema"}, "for chestmnist alone"),
        ({"flag": "chestmnist", "finding": "oedema"}, "did you mean edema"),
    ],
)
def test_bad_parameters_name_the_nearest_good_one(options: dict[str, object], says: str) -> None:
    with pytest.raises(UserError, match=says) as problem:
        MedMNIST(**options)  # type: ignore[arg-type]
    assert "\n" not in str(problem.value)


@pytest.mark.parametrize("place", ["medmnist", ".", "home"])
def test_the_places_looked_in(place: str, tmp_path: Path, home: Path) -> None:
    folder = home / ".medmnist" if place == "home" else tmp_path / place
    path = write(folder / "breastmnist.npz", arrays())
    assert [Path(f.path) for f in MedMNIST().files(tmp_path)] == [path]
    assert len(MedMNIST().load("train", tmp_path)) == 12


def test_a_copy_with_another_md5_is_used_and_its_sizes_are_told(tmp_path: Path) -> None:
    path = write(tmp_path / "breastmnist.npz", arrays())
    state = MedMNIST().files(tmp_path)[0]
    assert state.state == "modified"
    assert state.digest == f"md5:{hashlib.md5(path.read_bytes()).hexdigest()}"
    assert state.note == "train + test is 12 + 6 images; official: 546 + 156"
    MedMNIST().prepare(tmp_path)


def test_absent_data_are_asked_for_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(DataMissingError) as problem:
        MedMNIST(flag="pathmnist", size=64).load("train", tmp_path)
    message = str(problem.value)
    assert "pathmnist_64.npz" in message
    assert str(tmp_path / "medmnist") in message
    assert "gda-bench data prepare medmnist/pathmnist:size=64" in message
    assert "\n" not in message
    assert MedMNIST().files(tmp_path)[0].state == "missing"


def test_garbled_files_are_named(tmp_path: Path) -> None:
    path = write(tmp_path / "breastmnist.npz", arrays())
    whole = path.read_bytes()
    for content in (b"", b"hello", whole[: len(whole) // 2], whole[:-30]):
        path.write_bytes(content)
        assert "not a readable .npz" in refused(MedMNIST(), tmp_path)
        assert MedMNIST().files(tmp_path)[0].note
        with pytest.raises(UserError, match="not a readable"):
            MedMNIST().prepare(tmp_path)


def test_damage_inside_an_array_is_noticed(tmp_path: Path) -> None:
    path = write(tmp_path / "breastmnist.npz", arrays())
    content = bytearray(path.read_bytes())
    content[3000] ^= 255
    path.write_bytes(content)
    assert "the train split is damaged" in refused(MedMNIST(), tmp_path)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"train_images": None}, "has no array 'train_images'; it holds: test_images"),
        ({"train_images": np.zeros((12, 28, 28), np.float32)}, "float32"),
        ({"train_images": np.zeros((12, 28, 28, 3), np.uint8)}, "not uint8 (N, 28, 28)"),
        ({"train_images": np.zeros((12, 64, 64), np.uint8)}, "(12, 64, 64)"),
        (
            {"train_images": np.zeros((0, 28, 28), np.uint8), "train_labels": np.zeros((0, 1), int)},
            "(0, 28, 28)",
        ),
        ({"train_labels": np.zeros((11, 1), np.uint8)}, "(11, 1), not integers (12, 1)"),
        ({"train_labels": np.zeros(12, np.uint8)}, "(12,), not integers (12, 1)"),
        ({"train_labels": np.zeros((12, 1), np.float64)}, "float64"),
        ({"train_labels": np.full((12, 1), 2, np.uint8)}, "run from 2 to 2, not within 0 to 1"),
        ({"train_labels": np.full((12, 1), -1, np.int8)}, "run from -1 to -1"),
        ({"train_images": np.array([{}] * 12, object)}, "pickled objects"),
    ],
)
def test_arrays_of_another_form_are_refused(change: Arrays, says: str, tmp_path: Path) -> None:
    content = {name: array for name, array in (arrays() | change).items() if array is not None}
    write(tmp_path / "breastmnist.npz", content)
    assert says in refused(MedMNIST(), tmp_path)


def test_a_header_that_promises_more_than_the_archive_holds_is_refused_unread(tmp_path: Path) -> None:
    path = write(tmp_path / "breastmnist.npz", arrays())
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    images = members["train_images.npy"]
    # numpy pads its header with spaces to 128 bytes
    header = images[:128].replace(b"(12, 28, 28), }         ", b"(12000000000, 28, 28), }")
    members["train_images.npy"] = header + images[128:]
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    assert "9,408,000,000,128 bytes; the archive holds 9,536 bytes" in refused(MedMNIST(), tmp_path)


def publish(monkeypatch: pytest.MonkeyPatch, url: str, md5: str) -> None:
    """Have the official breastmnist be this one."""
    record = dataclasses.replace(module.published("breastmnist", 28), url=url, md5=md5)
    monkeypatch.setattr(module, "published", lambda flag, size: record)


def test_prepare_fetches_verifies_and_leaves_no_rest(
    tmp_path: Path, site: tuple[str, Path], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    address, folder = site
    source = write(folder / "breastmnist.npz", arrays())
    publish(monkeypatch, f"{address}breastmnist.npz?download=1", hashlib.md5(source.read_bytes()).hexdigest())
    MedMNIST().prepare(tmp_path)
    state = MedMNIST().files(tmp_path)[0]
    assert (state.state, state.path) == ("official", str(tmp_path / "medmnist" / "breastmnist.npz"))
    assert [p.name for p in (tmp_path / "medmnist").iterdir()] == ["breastmnist.npz"]
    assert len(MedMNIST().load("test", tmp_path)) == 6
    source.unlink()
    MedMNIST().prepare(tmp_path)  # again: what is there is not fetched anew
    assert capfd.readouterr().out == "", "results go to stdout, and nothing else"


@pytest.mark.parametrize(
    ("name", "says"),
    [("breastmnist.npz", "has not the published md5"), ("absent.npz", "HTTP Error 404")],
)
def test_a_bad_download_is_refused_and_leaves_nothing(
    name: str, says: str, tmp_path: Path, site: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, folder = site
    write(folder / "breastmnist.npz", arrays())
    publish(monkeypatch, address + name, "0" * 32)
    with pytest.raises(DataMissingError, match=says) as problem:
        MedMNIST().prepare(tmp_path)
    assert "\n" not in str(problem.value)
    assert list((tmp_path / "medmnist").iterdir()) == []


def test_without_a_network_one_line_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    publish(monkeypatch, "http://127.0.0.1:9/breastmnist.npz", "0" * 32)
    with pytest.raises(DataMissingError) as problem:
        MedMNIST().prepare(tmp_path)
    message = str(problem.value)
    assert "http://127.0.0.1:9/breastmnist.npz" in message
    assert f"put breastmnist.npz into {tmp_path / 'medmnist'}" in message
    assert "\n" not in message
    assert list((tmp_path / "medmnist").iterdir()) == []


def test_info_is_read_without_torch() -> None:
    code = """if True:
        import sys
        from gda_tasks.digits import Digits
        from gda_tasks.fashion_mnist import FashionMNIST
        from gda_tasks.lidc import LIDC
        from gda_tasks.medical_folder import MedicalFolder
        from gda_tasks.medmnist import MedMNIST
        infos = [task().info for task in (Digits, FashionMNIST, LIDC, MedicalFolder, MedMNIST)]
        print({"torch", "monai", "sklearn", "pydicom", "nibabel", "pylidc"} & set(sys.modules))
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "set()\n", done.stderr


@pytest.mark.parametrize(("flag", "n_train", "n_test"), [("breastmnist", 546, 156), ("pneumoniamnist", 4708, 624)])
def test_the_real_files(flag: str, n_train: int, n_test: int, shared_data: Path) -> None:
    task = MedMNIST(flag=flag)
    train, test = task.load("train", shared_data), task.load("test", shared_data)
    assert (len(train), len(test)) == (n_train, n_test)
    assert np.bincount(test.y).tolist() == {"breastmnist": [42, 114], "pneumoniamnist": [234, 390]}[flag]
    state = task.files(shared_data)[0]
    # the copies were saved anew, so their md5 is not the official one
    assert state.state == "modified"
    assert f"{n_train:,} + {n_test:,}" in state.note
