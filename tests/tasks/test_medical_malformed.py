"""What is wrong in a hospital's folder is named, one line, one by one, and nothing is left behind."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from medical_files import Array, dicom, folder_of, nifti, png, ultrasound, write_table
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGLosslessSV1, JPEGLSLossless

from gda_bench.api import DataMissingError, UserError
from gda_tasks.medical_file import pictures
from gda_tasks.medical_folder import MedicalFolder
from gda_tasks.pictures import View
from gda_tasks.problems import UnusableError

GREY = ultrasound()[0]
NOWHERE = Path("/nowhere")


def load_both(task: MedicalFolder) -> None:
    """As the engine does."""
    task.load("train", NOWHERE)
    task.load("test", NOWHERE)


def refused(folder: Path, **options: Any) -> str:
    """The one line in which the task is refused; the folder stays as it was."""
    before = sorted(folder.rglob("*"))
    with pytest.raises(UserError) as problem:
        load_both(MedicalFolder(root=str(folder), size=28, **options))
    message = str(problem.value)
    assert "\n" not in message
    assert str(folder) in message
    assert sorted(folder.rglob("*")) == before
    return message


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (["gone.dcm,a,P,test"], "line 6: there is no file gone.dcm in "),
        (["sound0.dcm,a,P,train"], "line 6: sound0.dcm stands in line 2 already, with the same label"),
        (["./sound0.dcm,b,P,train"], "sound0.dcm stands in line 2 already, with 'a', here 'b'"),
        (["sound.png,,P,test"], "line 6: no label for sound.png"),
        ([",a,P,test"], "line 6: no file"),
        (["sound.png,a,,test"], "line 6: no patient for sound.png"),
        (["sound.png,a,P,"], "line 6: no split for sound.png"),
        (["sound.png,a,P,tset"], "line 6: split 'tset': did you mean test?"),
        (["sound.png,a,P"], "line 6: 3 cells for 4 columns"),
        (["../outside.png,a,P,test"], "line 6: ../outside.png lies outside of "),
        (["/etc/passwd,a,P,test"], "line 6: /etc/passwd lies outside of "),
        (
            ["sound.png,a,S0,test"],
            "patient S0 is in both splits: sound0.dcm in train (line 2), sound.png in test",
        ),
        (["sound.png,c,P,test"], "class 'c' is of one patient only"),
        (['"sound.png,a,P,test'], "not CSV"),
    ],
)
def test_rows_that_are_wrong_are_named(tmp_path: Path, rows: list[str], says: str) -> None:
    folder = tmp_path / "folder"
    folder_of(folder, *rows)
    png(folder / "sound.png", GREY)
    png(tmp_path / "outside.png", GREY)
    message = refused(folder)
    assert says in message
    assert str(folder / "labels.csv") in message


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"file;label\nsound0.dcm;a\n", "is separated by semicolons: save it with commas"),
        (b"file\tlabel\nsound0.dcm\ta\n", "is separated by tabs"),
        (b"image,label\nsound0.dcm,a\n", "has no column 'file'; its first line holds: image, label"),
        (b"file,label,label\nsound0.dcm,a,a\n", "has two columns 'label'"),
        (b"file,label\n", "names no files"),
        (b"", "has no column 'file'; its first line holds: nothing"),
        ("file,label\nsound0.dcm,schön\n".encode("latin-1"), "cannot be read as UTF-8"),
        (b"file,label\nsound0.dcm,a\nsound1.dcm,a\n", "all 2 rows have the label 'a': two at least are needed"),
        (b"file,label,slice\nsound0.dcm,a,first\nsound1.dcm,b,\n", "slice 'first' is no number from 0 on"),
        (b"file,label\nsound0.dcm,a\nsound1.dcm,b\nsound2.dcm,b\n", "class 'a' is of one file only"),
        (
            b"file,label,patient\nsound0.dcm,a,P\nsound1.dcm,a,P\nsound2.dcm,b,Q\nsound3.dcm,b,R\n",
            "class 'a' is of one patient only, who cannot be in both splits",
        ),
        (
            b"file,label,split\nsound0.dcm,a,train\nsound1.dcm,b,train\nsound2.dcm,b,test\nsound3.dcm,a,train\n",
            "class 'a' has no image in test",
        ),
    ],
)
def test_tables_that_are_wrong_are_named(tmp_path: Path, content: bytes, says: str) -> None:
    folder_of(tmp_path)
    (tmp_path / "labels.csv").write_bytes(content)
    assert says in refused(tmp_path)


def cut(path: Path, keep: float) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])


def truncated_dicom(path: Path) -> None:
    dicom(path, GREY)
    cut(path, 0.8)


def nifti_of(value: float) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        volume = np.random.default_rng(0).normal(size=(8, 8, 8)).astype(np.float32)
        volume[1, 2, 3] = value
        nifti(path, volume)

    return write


def truncated_nifti(path: Path) -> None:
    nifti_of(0)(path)
    cut(path, 0.5)


def transparent(path: Path) -> None:
    Image.fromarray(np.stack([GREY] * 4, axis=-1), "RGBA").save(path)


def two_pages(path: Path) -> None:
    Image.fromarray(GREY).save(path, save_all=True, append_images=[Image.fromarray(GREY)])


def packed(path: Path, syntax: str) -> None:
    dicom(path, GREY, syntax=syntax, PixelData=encapsulate([bytes(100)]))


def huge_nifti(path: Path) -> None:
    """Half a kilobyte that promises 64 GB."""
    nifti(path, np.zeros((4, 4, 4), np.float32))
    content = bytearray(path.read_bytes())
    content[42:48] = np.array([2500, 2500, 2560], "<i2").tobytes()
    path.write_bytes(content)


RGB16 = np.zeros((4, 4, 3), np.uint16)
FILES: list[tuple[str, str, Callable[[Path], object], str]] = [
    ("truncated DICOM", "x.dcm", truncated_dicom, "its pixels cannot be decoded, truncated perhaps: "),
    ("text as DICOM", "x.dcm", lambda p: p.write_text("no image" * 99), "is no DICOM file: it lacks the mark DICM"),
    ("empty DICOM", "x.dcm", lambda p: p.write_bytes(b""), "is no DICOM file"),
    ("grey that says RGB", "x.dcm", lambda p: dicom(p, GREY, "RGB"), "RGB needs 3 samples a pixel, it has 1"),
    ("a palette", "x.dcm", lambda p: dicom(p, GREY, "PALETTE COLOR"), "interpretation PALETTE COLOR is not read"),
    ("no pixels", "x.dcm", lambda p: dicom(p, GREY, PixelData=None), "holds no pixels"),
    ("frames", "x.dcm", lambda p: dicom(p, GREY, NumberOfFrames=7), "holds 7 frames: export each as a file"),
    ("16-bit colour", "x.dcm", lambda p: dicom(p, RGB16, "RGB"), "in colour with 16 bits a sample, not 8"),
    ("sigmoid", "x.dcm", lambda p: dicom(p, GREY, WindowCenter=9, WindowWidth=9, VOILUTFunction="SIGMOID"), "SIGMOID"),
    ("colour", "x.dcm", lambda p: dicom(p, np.stack([GREY, GREY, GREY.T], -1), "RGB"), "in colour: add channels=3"),
    ("constant", "x.dcm", lambda p: dicom(p, np.full((9, 9), 7, np.uint8)), "is one grey throughout, shown from 0 to"),
    ("dark 16 bits", "x.dcm", lambda p: dicom(p, GREY.astype(np.uint16)), "0 to 255 of 0 to 65,535: say what to show"),
    ("JPEG lossless", "x.dcm", lambda p: packed(p, JPEGLosslessSV1), "pip install pylibjpeg pylibjpeg-libjpeg"),
    ("JPEG-LS", "x.dcm", lambda p: packed(p, JPEGLSLossless), "Image Compression; to decode it: pip install pyjpegls"),
    ("NaN", "x.nii.gz", nifti_of(np.nan), "holds 1 values that are NaN or infinite"),
    ("infinite", "x.nii", nifti_of(np.inf), "holds 1 values that are NaN or infinite"),
    ("4-D", "x.nii", lambda p: nifti(p, np.zeros((4, 4, 4, 6), np.float32)), "holds 4 dimensions, 4x4x4x6"),
    ("truncated NIfTI", "x.nii", truncated_nifti, "is truncated: it promises 2,048 bytes of voxels"),
    ("truncated .gz", "x.nii.gz", truncated_nifti, "its voxels cannot be read, truncated perhaps"),
    ("promises 64 GB", "x.nii", huge_nifti, "it promises 64,000,000,000 bytes of voxels"),
    ("text as NIfTI", "x.nii", lambda p: p.write_text("no image"), "is no readable NIfTI file"),
    ("blank volume", "x.nii", lambda p: nifti(p, np.ones((4, 4, 4), np.float32)), "is 1 throughout"),
    ("text as PNG", "x.png", lambda p: p.write_text("no image"), "cannot be read as an image"),
    ("truncated PNG", "x.png", lambda p: (png(p, GREY), cut(p, 0.7)), "cannot be read as an image"),
    ("see-through", "x.png", transparent, "is partly transparent"),
    ("two pages", "x.tif", two_pages, "holds 2 pages: write one"),
    ("dark 16-bit PNG", "x.png", lambda p: png(p, GREY.astype(np.uint16)), "say what to show with level= and window="),
    ("a document", "x.docx", lambda p: p.write_text("no image"), ".docx is none of .dcm"),
]


@pytest.mark.parametrize(("name", "write", "says"), [f[1:] for f in FILES], ids=[f[0] for f in FILES])
def test_files_that_are_wrong_are_named(tmp_path: Path, name: str, write: Callable[[Path], object], says: str) -> None:
    folder_of(tmp_path, f"{name},a,P,test")
    write(tmp_path / name)
    message = refused(tmp_path)
    assert f"{name}: " in message
    assert says in message


@pytest.mark.parametrize("name", ["x.dcm", "x.nii", "x.nii.gz", "x.png", "x.jpg", "x.tif"])
@given(data=st.data())
def test_damaged_bytes_are_read_or_refused_and_never_more(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("damaged") / name
    tags = {"PixelSpacing": [1, 1], "WindowCenter": 90, "WindowWidth": 99, "RescaleSlope": 1, "RescaleIntercept": 0}
    if path.suffix == ".dcm":
        dicom(path, GREY, **tags)
    elif ".nii" in name:
        nifti(path, np.random.default_rng(0).normal(size=(6, 6, 6)).astype(np.float32))
    else:
        png(path, GREY)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, min(len(content), 1600) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    with suppress(UnusableError):
        (found,) = pictures(path, [None], "middle", View(28))
        assert found.shape == (1, 28, 28, 1)


@pytest.mark.parametrize(
    ("name", "row", "options", "says"),
    [
        ("x.nii", "x.nii,a,8", {}, "has no slice 8: 8 from 0 to 7 in this plane"),
        ("x.nii", "x.nii,a,", {"slice": 9}, "has no slice 9"),
        ("x.png", "x.png,a,3", {}, "has a slice in the table, and is no volume"),
        ("x.png", "x.png,a,", {"spacing": 1.0}, "names no pixel spacing"),
        ("x.dcm", "x.dcm,a,", {"level": 9000.0, "window": 10.0}, "is one grey throughout, shown from 8995 to 9005"),
    ],
)
def test_what_a_file_cannot_give_is_said(
    tmp_path: Path, name: str, row: str, options: dict[str, Any], says: str
) -> None:
    folder_of(tmp_path, row, columns="file,label,slice")
    writers: dict[str, Callable[[Path, Array], object]] = {"x.nii": nifti, "x.png": png, "x.dcm": dicom}
    volume = np.random.default_rng(0).normal(size=(8, 8, 8)).astype(np.float32)
    writers[name](tmp_path / name, volume if name == "x.nii" else GREY)
    assert says in refused(tmp_path, **options)


def test_many_problems_are_named_up_to_ten(tmp_path: Path) -> None:
    folder_of(tmp_path, *(f"gone{i:02}.dcm,a,P,test" for i in range(13)))
    message = refused(tmp_path)
    assert "13 problems: " in message
    assert all(f"gone{i:02}.dcm" in message for i in range(10))
    assert "gone10.dcm" not in message
    assert message.endswith("; and 3 more")
    names = [f"x{i}.png" for i in range(3)]
    for name in names:
        (tmp_path / name).write_text("no image")
    folder_of(tmp_path, *(f"{name},a,P{i},{'train' if i else 'test'}" for i, name in enumerate(names)))
    assert all(f"{name}: cannot be read" in refused(tmp_path) for name in names)


@pytest.mark.parametrize(("package", "file"), [("pydicom", "sound0.dcm"), ("nibabel", "x.nii")])
def test_a_missing_package_is_named(tmp_path: Path, package: str, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder_of(tmp_path)
    for name in ("x.nii", "y.nii", "z.nii", "w.nii"):
        nifti(tmp_path / name, np.random.default_rng(0).normal(size=(8, 8, 8)).astype(np.float32))
    write_table(tmp_path, [f"{file},a", "y.nii,b", "z.nii,a", "w.nii,b"])
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UserError, match=rf"need {package}: pip install 'gda-bench\[medical\]'"):
        MedicalFolder(root=str(tmp_path), slice="all").load("train", NOWHERE)


def test_a_missing_folder_or_table_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(DataMissingError, match=r"labels\.csv is not there: write one with the columns file,label"):
        MedicalFolder(root=str(tmp_path)).load("train", NOWHERE)
    assert MedicalFolder(root=str(tmp_path)).files(NOWHERE)[0].state == "missing"
    with pytest.raises(DataMissingError, match="gone is no folder"):
        MedicalFolder(root=str(tmp_path / "gone")).prepare(NOWHERE)
    with pytest.raises(UserError, match="name the folder: medical-folder:root=FOLDER"):
        MedicalFolder().load("train", NOWHERE)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"level": 40.0}, "level= and window= go together"),
        ({"level": 40.0, "window": 0.0}, "window above 0"),
        ({"size": 4}, "size=4 is not within 8 to 1024"),
        ({"spacing": -1.0}, "spacing=-1.0 mm is not above 0"),
        ({"test_fraction": 0.7}, "test_fraction=0.7"),
        ({"slice": -1}, "counted from 0"),
    ],
)
def test_parameters_that_cannot_be_are_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(UserError, match=says):
        MedicalFolder(**options)


def test_a_byte_order_mark_and_capitals_are_accepted(tmp_path: Path) -> None:
    path = write_table(
        folder_of(tmp_path), [f"sound{i}.dcm,{'ab'[i % 2]},note" for i in range(4)], "File, Label,Remark"
    )
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    task = MedicalFolder(root=str(tmp_path), size=28)
    assert len(task.load("train", NOWHERE)) + len(task.load("test", NOWHERE)) == 4
