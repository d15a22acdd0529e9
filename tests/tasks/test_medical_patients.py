"""The task `medical-folder`: whose image each is, and that nobody's images lie in both splits."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from medical_files import dicom, folder_of, nifti, png, ultrasound, write_table
from sklearn.neighbors import KNeighborsClassifier
from typer.testing import CliRunner

from gda_bench.api import Images, UserError
from gda_bench.cli.app import app
from gda_tasks.medical_folder import MedicalFolder

NOWHERE = Path("/nowhere")


def splits(folder: Path, **options: object) -> tuple[Images, Images]:
    task = MedicalFolder(**{"root": str(folder), "size": 28, **options})  # type: ignore[arg-type]
    return task.load("train", NOWHERE), task.load("test", NOWHERE)


def cohort(folder: Path, patients: int = 40, *, known: bool = True) -> None:
    """Four images a patient, alike, whose label is a coin's: an image tells the patient, but only he the label."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.arange(patients) % 2)
    rows = []
    for patient in range(patients):
        face = rng.integers(20, 236, (28, 28))
        for i in range(4):
            name = f"{patient:02}-{i}.png"
            png(folder / name, (face + rng.integers(-10, 11, face.shape)).astype(np.uint8))
            rows.append(f"{name},{'ill' if labels[patient] else 'well'},P{patient:02}")
    if known:
        write_table(folder, rows, "file,label,patient")
    else:
        write_table(folder, [row.rpartition(",")[0] for row in rows])


def accuracy(train: Images, test: Images) -> float:
    """Of the nearest neighbour, who knows every face that he has seen."""
    nearest = KNeighborsClassifier(1).fit(train.x.reshape(len(train), -1), train.y)
    return float(nearest.score(test.x.reshape(len(test), -1), test.y))


def test_labels_that_follow_the_patient_alone_cannot_be_learnt(tmp_path: Path) -> None:
    """The leak test: the same images, split by image, give all away."""
    cohort(tmp_path / "known", patients=100)
    cohort(tmp_path / "unknown", patients=100, known=False)
    by_patient, by_image = splits(tmp_path / "known"), splits(tmp_path / "unknown")
    assert [len(s) for s in by_patient] == [len(s) for s in by_image] == [300, 100]
    # 25 patients are tested, all images of one right or all wrong: the standard error of chance is 0.1
    assert 0.25 <= accuracy(*by_patient) <= 0.75
    assert accuracy(*by_image) > 0.95


def test_patients_are_numbered_alike_in_both_splits_and_lie_in_one(tmp_path: Path) -> None:
    cohort(tmp_path / "known")
    train, test = splits(tmp_path / "known")
    assert train.group is not None
    assert test.group is not None
    assert set(train.group) | set(test.group) == set(range(40))
    assert not set(train.group) & set(test.group)
    assert np.bincount(test.y).tolist() == [20, 20]
    again = splits(tmp_path / "known")
    assert [s.digest() for s in again] == [train.digest(), test.digest()]
    half = splits(tmp_path / "known", test_fraction=0.5)
    assert [len(s) for s in half] == [80, 80]


def test_a_split_of_the_table_is_kept(tmp_path: Path) -> None:
    train, test = splits(folder_of(tmp_path))
    assert (train.y.tolist(), test.y.tolist()) == ([0, 1], [0, 1])
    assert train.group is not None
    assert test.group is not None
    assert [*train.group, *test.group] == [0, 1, 2, 3]
    assert "the split is that of the table" in MedicalFolder(root=str(tmp_path)).info.caveats


def test_without_patients_the_card_says_so(tmp_path: Path) -> None:
    cohort(tmp_path / "unknown", patients=4, known=False)
    assert splits(tmp_path / "unknown")[0].group is None
    (caveat, _) = MedicalFolder(root=str(tmp_path / "unknown")).info.caveats
    assert caveat == "patients unknown: pictures of one patient may lie in both splits"


def hospital(folder: Path, ids: list[str]) -> list[str]:
    """DICOM files of these PatientIDs; the rows of their table."""
    folder.mkdir(exist_ok=True)
    for i, (who, grey) in enumerate(zip(ids, ultrasound(len(ids)), strict=True)):
        dicom(folder / f"{i}.dcm", grey, PatientID=who, PatientName="Doe^Jane")
    return [f"{i}.dcm,{'ab'[i % 2]}" for i in range(len(ids))]


def test_dicom_files_name_their_patients_and_nobody_else_does(tmp_path: Path) -> None:
    ids = ["MRN-771", "MRN-772", "MRN-773", "MRN-774"] * 4
    write_table(tmp_path, hospital(tmp_path, ids))
    train, test = splits(tmp_path)
    assert train.group is not None
    assert test.group is not None
    assert sorted([*train.group, *test.group]) == sorted([0, 1, 2, 3] * 4)
    assert not set(train.group) & set(test.group)
    said = CliRunner().invoke(app, ["show", "tasks", f"medical-folder:root={tmp_path}", "--json"])
    assert "told apart by the PatientID" in said.output
    assert "MRN" not in said.output
    assert "Doe" not in said.output


def test_a_patient_of_both_splits_is_refused_without_its_identifier(tmp_path: Path) -> None:
    rows = hospital(tmp_path, ["MRN-771", "MRN-772", "MRN-771", "MRN-774"])
    parts = ["train", "train", "test", "test"]
    write_table(tmp_path, [f"{row},{part}" for row, part in zip(rows, parts, strict=True)], "file,label,split")
    with pytest.raises(
        UserError, match=r"one patient is in both splits: 0.dcm in train \(line 2\), 2.dcm in test"
    ) as e:
        splits(tmp_path)
    assert "MRN" not in str(e.value)


@pytest.mark.parametrize("ids", [["ANON"] * 4, ["MRN-1", "MRN-2", "", "MRN-4"]], ids=["all the same", "one without"])
def test_identifiers_that_tell_nothing_are_not_used(tmp_path: Path, ids: list[str]) -> None:
    write_table(tmp_path, hospital(tmp_path, ids))
    assert splits(tmp_path, test_fraction=0.5)[0].group is None
    assert "patients unknown" in MedicalFolder(root=str(tmp_path)).info.caveats[0]


def test_slices_of_a_volume_stay_together(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for i in range(8):
        nifti(tmp_path / f"{i}.nii", rng.normal(size=(8, 8, 5)).astype(np.float32))
    write_table(tmp_path, [f"{i}.nii,{'ab'[i % 2]}" for i in range(8)])
    train, test = splits(tmp_path, slice="all")
    assert [len(s) for s in (train, test)] == [30, 10]
    assert train.group is not None
    assert test.group is not None
    assert not set(train.group) & set(test.group)
    assert np.bincount(train.group).max() == 5


def test_classes_are_in_order_of_number_where_they_are_numbers(tmp_path: Path) -> None:
    folder_of(tmp_path)
    write_table(tmp_path, [f"sound{i}.dcm,{(2, 10)[i % 2]}" for i in range(4)])
    info = MedicalFolder(root=str(tmp_path)).info
    assert (info.classes, info.kind, info.metric) == (("2", "10"), "binary", "auc")


def test_the_commands_know_the_folder(tmp_path: Path) -> None:
    folder_of(tmp_path)
    name = f"medical-folder:root={tmp_path},size=28"
    run = CliRunner()
    (status,) = json.loads(run.invoke(app, ["data", "status", name, "--json"]).stdout)
    assert (status["state"], status["note"]) == ("unpublished", "names 4 images")
    (ready,) = json.loads(run.invoke(app, ["data", "prepare", name, "--json"]).stdout)
    assert (ready["train"], ready["test"]) == (2, 2)
    card = json.loads(run.invoke(app, ["show", "tasks", name, "--json"]).stdout)
    assert card["classes"] == ["a", "b"]
    bare = json.loads(run.invoke(app, ["show", "tasks", "medical-folder", "--json"]).stdout)
    assert "classes" not in bare
    assert bare["parameters"]["slice"] == "middle"
