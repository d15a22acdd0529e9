"""MIT-BIH heartbeats: nobody in both splits, beats cut where they should be, and clear lines about what is wrong."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gda_bench.api import DataMissingError, UserError
from gda_tasks import mitbih_records
from gda_tasks.mitbih import FILE, MITBIH
from gda_tasks.mitbih_beats import BEFORE, LEVELS, SAMPLES, UNITS, ZERO, as_images
from gda_tasks.mitbih_split import DS1, DS2, RECORDS

PEAKS = {50: "N", 400: "N", 800: "V", 1200: "A", 1300: "+", 1600: "/", 1900: "F", 2150: "L", 2390: "N"}
"""Where the annotations of a written record stand; the first and the last beat lie only partly within it."""


def signal(record: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """2,400 samples in the converter's units, 1024 for 0 mV, of a little noise and a tall peak at each annotation."""
    x = 1024 + np.random.default_rng(record).integers(-20, 21, 2400)
    for place, height in zip(PEAKS, (200, 210, 220, 230, 0, 240, 250, 260, 270), strict=True):
        x[place] += height
    return x


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of all the records as PhysioNet publishes them, but short."""
    wfdb = pytest.importorskip("wfdb", reason="the extra `signals` is not installed")
    folder = tmp_path_factory.mktemp("published")
    for record in DS1 + DS2:
        form = {"fmt": ["212", "212"], "adc_gain": [200, 200], "baseline": [1024, 1024], "units": ["mV", "mV"]}
        both = np.stack([signal(record), np.full(2400, 1024)], 1)
        wfdb.wrsamp(str(record), 360, sig_name=["MLII", "V5"], d_signal=both, write_dir=str(folder), **form)
        places, symbols = np.array(list(PEAKS)), list(PEAKS.values())
        wfdb.wrann(
            str(record), "atr", places, symbols, aux_note=["(N" * (s == "+") for s in symbols], write_dir=str(folder)
        )
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()} {path.name}" for path in sorted(folder.iterdir())]
    (folder / "SHA256SUMS.txt").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture
def records(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a data folder where the records belong, filled; their list counts as PhysioNet's."""
    digest = hashlib.sha256((published / "SHA256SUMS.txt").read_bytes()).hexdigest()
    monkeypatch.setattr(mitbih_records, "SUMS_SHA256", digest)
    return Path(shutil.copytree(published, tmp_path / "mitbih"))


def beats(**changes: object) -> dict[str, Any]:
    """Ten beats of every record as the shared file holds them."""
    record = np.repeat(np.array(DS1 + DS2, np.int16), 10)
    made: dict[str, Any] = {
        "beats": np.random.default_rng(0).integers(-300, 300, (len(record), SAMPLES)).astype(np.int16),
        "symbol": np.resize(np.array(["N", "L", "A", "V", "F", "Q"]), len(record)),
        "record": record,
        "fs": np.int64(360),
        "scale_mV": np.float64(0.005),
    }
    return {name: value for name, value in (made | changes).items() if value is not None}


def told(root: Path) -> str:
    with pytest.raises(UserError) as problem:
        MITBIH().load("train", root)
    assert "\n" not in str(problem.value)
    return str(problem.value)


def test_nobody_is_in_both_splits() -> None:
    assert not set(RECORDS["train"]) & set(RECORDS["test"])
    assert not {102, 104, 107, 217} & {*RECORDS["train"], *RECORDS["test"]}, "paced"
    assert (201 in RECORDS["train"]) + (202 in RECORDS["test"]) == 1, "201 and 202 are of one man"
    assert (len(RECORDS["train"]), len(RECORDS["test"])) == (21, 22)


def test_beats_are_cut_around_their_peak_from_the_records(records: Path) -> None:
    task = MITBIH(length=252)
    train, test = task.load("train", records.parent), task.load("test", records.parent)
    assert train.x.shape == (21 * 5, 1, 252, 1)
    assert train.group is not None
    assert test.group is not None
    assert sorted(set(train.group.tolist())) == sorted(RECORDS["train"])
    assert sorted(set(test.group.tolist())) == sorted(RECORDS["test"])
    # those at 50 and 2390 leave the record, `+` is no beat, `/` is a paced one
    assert train.y[train.group == 101].tolist() == [0, 2, 1, 3, 0]
    first = train.x[train.group == 101][0, 0, :, 0]
    assert first.argmax() == BEFORE
    expected = (signal(101)[400 - BEFORE : 400 - BEFORE + SAMPLES] - 1024) / UNITS * LEVELS + ZERO
    assert first.tolist() == np.rint(expected).astype(int).tolist()


def test_a_file_of_beats_will_do(tmp_path: Path) -> None:
    np.savez(tmp_path / FILE, **beats())
    images = MITBIH().load("test", tmp_path)
    assert images.group is not None
    assert set(images.group.tolist()) == set(DS2)
    assert images.x.shape[1:] == MITBIH().info.shape == (1, 126, 1)
    assert np.bincount(images.y).tolist() == np.bincount(np.resize([0, 0, 1, 2, 3, 9], 440)[220:])[:4].tolist()
    state = MITBIH().files(tmp_path)[0]
    assert state.state == "unpublished"
    assert state.digest


def test_the_records_go_before_a_file_of_beats(records: Path) -> None:
    np.savez(records.parent / FILE, **beats())
    assert len(MITBIH().load("train", records.parent)) == 21 * 5


def test_digests_decide_what_is_official(records: Path) -> None:
    assert MITBIH().files(records.parent)[0].state == "official"
    (records / "109.hea").write_text((records / "109.hea").read_text() + "# mine\n")
    changed = MITBIH().files(records.parent)[0]
    assert (changed.state, changed.note) == ("modified", "not as published: 109.hea")
    (records / "SHA256SUMS.txt").unlink()
    assert "nobody can tell" in MITBIH().files(records.parent)[0].note


def test_prepare_fetches_what_lacks_and_no_more(
    published: Path, tmp_path: Path, site: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, folder = site
    shutil.copytree(published, folder, dirs_exist_ok=True)
    digest = hashlib.sha256((folder / "SHA256SUMS.txt").read_bytes()).hexdigest()
    monkeypatch.setattr(mitbih_records, "URL", address)
    monkeypatch.setattr(mitbih_records, "SUMS_SHA256", digest)
    own = tmp_path / "data" / "mitbih"
    shutil.copytree(published, own)
    (own / "100.dat").unlink()
    (folder / "100.dat").write_bytes(b"garbled on the way")
    with pytest.raises(DataMissingError, match=r"100\.dat: .*has not the published sha256"):
        MITBIH().prepare(tmp_path / "data")
    assert not (own / "100.dat").exists()
    shutil.copy(published / "100.dat", folder)
    MITBIH().prepare(tmp_path / "data")
    assert MITBIH().files(tmp_path / "data")[0].state == "official"


def test_damaged_records_are_named_one_by_one(records: Path) -> None:
    for record in (101, 106, 108):
        path = records / f"{record}.dat"
        path.write_bytes(path.read_bytes()[:-900])
    whole = bytearray((records / "109.dat").read_bytes())
    whole[600] ^= 3
    (records / "109.dat").write_bytes(whole)
    (records / "112.atr").write_bytes(b"")
    (records / "114.hea").write_text(
        "114 2 250 2400\n114.dat 212 200 11 1024 0 0 0 MLII\n114.dat 212 200 11 1024 0 0 0 V5\n"
    )
    message = told(records.parent)
    for record in (101, 106, 108, 109, 112, 114):
        assert f"{record} (" in message
    assert "109 (its samples do not give the checksum of its header)" in message
    assert "114 (250 Hz" in message
    assert "115" not in message


def test_absent_data_are_asked_for_in_one_line(tmp_path: Path, records: Path) -> None:
    assert "gda-bench data prepare mitbih" in told(tmp_path / "nowhere")
    (records / "200.atr").unlink()
    (records / "100.hea").unlink()
    assert told(records.parent).startswith(f"{records} lacks 100.hea and 1 more files")
    assert MITBIH().files(tmp_path / "nowhere")[0].state == "missing"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"record": None}, "has no array 'record'"),
        ({"beats": np.zeros((440, 250), np.int16)}, "int16 (440, 250), not int16 (N, 252)"),
        ({"beats": np.zeros((440, SAMPLES), np.float32)}, "float32"),
        ({"symbol": np.array(["N"] * 3)}, "symbol is <U1 (3,)"),
        ({"record": np.zeros(440)}, "record is float64"),
        ({"fs": np.int64(250)}, "is at 250 Hz"),
        ({"scale_mV": np.float64(1)}, "1 mV a unit"),
        ({"record": np.full(440, 101)}, "holds no beat of record 106, 108"),
        ({"beats": np.array([{}] * 440, object)}, "pickled objects"),
    ],
)
def test_files_of_another_form_are_refused(changes: dict[str, Any], says: str, tmp_path: Path) -> None:
    np.savez(tmp_path / FILE, **beats(**changes))
    assert says in told(tmp_path)


def test_a_length_that_is_not_offered_names_the_nearest() -> None:
    with pytest.raises(UserError, match="length=100 is not one of 252, 126, 63; 126 is nearest"):
        MITBIH(length=100)
    assert MITBIH(length=63).info.name == "mitbih:length=63"


@given(arrays(np.int16, (3, SAMPLES), elements=st.integers(-1024, 1023)))
def test_amplitudes_are_kept_to_half_a_grey_level_or_clipped(amplitude: Any) -> None:
    x = as_images(amplitude, SAMPLES)[:, 0, :, 0].astype(int)
    millivolts = amplitude / UNITS
    kept = (millivolts > -3.2) & (millivolts < 3.175)
    assert np.abs((x - ZERO) / LEVELS - millivolts)[kept].max(initial=0) <= 0.5 / LEVELS + 1e-6
    assert (x[millivolts >= 3.175] == 255).all()
    assert (x[millivolts <= -3.2] == 0).all()


@pytest.mark.parametrize("length", [126, 63])
def test_a_shorter_signal_is_the_same_signal(length: int) -> None:
    time = np.arange(SAMPLES) / 360
    wave = (150 * np.sin(2 * np.pi * 8 * time)).astype(np.int16)[None]
    x = as_images(wave, length)[0, 0, :, 0].astype(float)
    there = as_images(wave, SAMPLES)[0, 0, :: SAMPLES // length, 0].astype(float)
    inside = slice(length // 10, -length // 10)
    assert np.abs(x - there)[inside].max() <= 2


def test_the_real_beats(shared_data: Path) -> None:
    if not (shared_data / FILE).is_file():
        pytest.skip(f"no {FILE} in {shared_data}")
    train, test = (MITBIH().load(split, shared_data) for split in ("train", "test"))
    assert np.bincount(train.y).tolist() == [44174, 813, 3589, 412]
    assert np.bincount(test.y).tolist() == [44198, 1835, 3218, 388]
    # de Chazal et al. 2004 count 44,259, 1,837, 3,221 and 388: this file leaves out some at the ends of the records
    assert train.group is not None
    assert test.group is not None
    assert not set(train.group.tolist()) & set(test.group.tolist())
    clipped = [((x == 0) | (x == 255)).any(axis=(1, 2, 3)).mean() for x in (train.x, test.x)]
    assert max(clipped) < 0.002
