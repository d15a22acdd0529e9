"""MIT-BIH heartbeats, one-dimensional: from PhysioNet's records, or from a file of beats that were cut from them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

from gda_bench.api import DataFile, DataMissingError, Images, Task, TaskInfo, UserError
from gda_tasks import mitbih_beats, mitbih_records
from gda_tasks.mitbih_records import UNPACKED
from gda_tasks.mitbih_split import CLASSES, RECORDS, SAME_SUBJECT_AS_A_TEST_RECORD

FILE = "mitbih_beats_252_int16.npz"
LENGTHS = (252, 126, 63)


class MITBIH(Task):
    """Beats of 0.7 s around the R peak, lead MLII, as images one pixel high; nobody is in both splits.

    Training: 49,031 beats of 21 records. Test: 49,685 beats of 22. Classes by ANSI/AAMI EC57. `group` is the number of
    the record. length: samples of a beat, 252 as recorded at 360 Hz, 126 or 63.
    """

    def __init__(self, *, length: int = 126) -> None:
        if length not in LENGTHS:
            near = min(LENGTHS, key=lambda known: abs(known - length))
            raise UserError(f"mitbih: length={length} is not one of 252, 126, 63; {near} is nearest")
        self.length = length

    @property
    def info(self) -> TaskInfo:
        return TaskInfo(
            name="mitbih" if self.length == 126 else f"mitbih:length={self.length}",
            kind="multiclass",
            shape=(1, self.length, 1),
            classes=CLASSES,
            metric="balanced_accuracy",
            modality="electrocardiogram, single beats",
            licence="ODC-BY 1.0",
            source="https://physionet.org/content/mitdb/1.0.0",
            citation="Moody & Mark: The impact of the MIT-BIH Arrhythmia Database, IEEE Eng. Med. Biol. 20(3), 2001",
            caveats=self._caveats(),
            reference={
                "sensitivity": "S 0.759, V 0.777, from two leads and the intervals between beats",
                "source": "de Chazal, O'Dwyer & Reilly, 2004, on the same test set (2nd hand)",
            },
        )

    def prepare(self, root: Path) -> None:
        if self._records(root) is None and self._file(root) is None:
            mitbih_records.fetch_missing(root / "mitbih")
        self.load("train", root)
        self.load("test", root)

    def files(self, root: Path) -> list[DataFile]:
        if folder := self._records(root):
            return [mitbih_records.state(folder)]
        path = self._file(root)
        if path is None:
            return [DataFile(str(root / "mitbih"), "missing")]
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return [DataFile(str(path), "unpublished", f"sha256:{digest}", "beats that somebody cut from the records")]

    def load(self, split: Literal["train", "test"], root: Path) -> Images:
        records = RECORDS[split]
        if folder := self._records(root):
            beats = mitbih_records.read(folder, records)
        elif path := self._file(root):
            beats = mitbih_beats.read(path).of(records)
            if absent := sorted(set(records) - set(beats.record.tolist())):
                raise UserError(f"{path}: holds no beat of record {', '.join(map(str, absent))}")
        else:
            raise DataMissingError(self._lacking(root))
        return Images(mitbih_beats.as_images(beats.amplitude, self.length), beats.labels(), beats.record)

    def _records(self, root: Path) -> Path | None:
        """The folder that holds all the records."""
        places = (root / "mitbih", root / "mitbih" / UNPACKED, root / UNPACKED)
        return next((place for place in places if not mitbih_records.missing(place)), None)

    def _file(self, root: Path) -> Path | None:
        return next((place / FILE for place in (root / "mitbih", root) if (place / FILE).is_file()), None)

    def _lacking(self, root: Path) -> str:
        folder = root / "mitbih"
        absent = mitbih_records.missing(folder)
        there = len(mitbih_records.names()) - len(absent)
        what = (
            f"{folder} lacks {absent[0]} and {len(absent) - 1} more files" if there else "mitbih is not on this machine"
        )
        return f"{what}; run: gda-bench data prepare mitbih, or unpack {UNPACKED}.zip of PhysioNet into {folder}"

    def _caveats(self) -> tuple[str, ...]:
        coarse = {
            252: "",
            126: "; at half the rate, which loses 0.005 mV rms",
            63: "; at a quarter of the rate, which loses 0.02 mV rms",
        }
        return (
            "8 bits: 0.025 mV a grey level, 128 is 0 mV, clipped at -3.2 and 3.175 mV: an error of 0.007 mV rms, and "
            f"0.09 % of training and 0.02 % of test beats are clipped somewhere{coarse[self.length]}",
            "a beat alone, without its distance to the others, which tells most supraventricular beats: published "
            "figures that use it are out of reach",
            f"de Chazal's DS1 and DS2, less record {SAME_SUBJECT_AS_A_TEST_RECORD[0]} of DS1, whose subject is that of "
            "record 202 in DS2; without paced records, and without AAMI class Q, 15 beats",
            "nine of ten fusion beats are of one patient a split: of record 208 in training, of record 213 in test",
            "the first lead of each record: MLII, but V5 in record 114",
        )
