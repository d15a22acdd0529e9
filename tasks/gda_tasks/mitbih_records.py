"""The records as PhysioNet publishes them: fetched, held against the published digests, and cut into beats by wfdb."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from gda_bench.api import DataFile, UserError
from gda_tasks.download import fetch
from gda_tasks.mitbih_beats import BEFORE, RATE, SAMPLES, UNITS, Beats
from gda_tasks.mitbih_split import RECORDS, SYMBOLS

URL = "https://physionet.org/files/mitdb/1.0.0/"
SUMS = "SHA256SUMS.txt"
SUMS_SHA256 = "d0feeffd1276ebb67612948b2519268c7141ad8154c5b518064a4880a5c13a03"
"""Of PhysioNet's list of digests, version 1.0.0; all 144 files of the 48 records were found to match it."""
UNPACKED = "mit-bih-arrhythmia-database-1.0.0"
MOST_NAMED = 10
CHANNEL = 0
"""Lead MLII, in record 114 V5."""


def names(records: tuple[int, ...] = RECORDS["train"] + RECORDS["test"]) -> list[str]:
    """Header, signal and annotations of each record."""
    return [f"{record}.{kind}" for record in sorted(records) for kind in ("hea", "dat", "atr")]


def missing(folder: Path) -> list[str]:
    return [name for name in names() if not (folder / name).is_file()]


def fetch_missing(folder: Path) -> None:
    """Bring what lacks from PhysioNet. Raises DataMissingError."""
    remedy = f"unpack {UNPACKED}.zip, from https://physionet.org/content/mitdb/1.0.0, into {folder}"
    if not (folder / SUMS).is_file():
        fetch(URL + SUMS, folder / SUMS, SUMS_SHA256, remedy, kind="sha256")
    published = _published(folder)
    for name in missing(folder):
        if name not in published:
            raise UserError(f"{folder / SUMS}: does not list {name}: delete it, and it is fetched again")
        fetch(URL + name, folder / name, published[name], remedy, kind="sha256")


def state(folder: Path) -> DataFile:
    """How all the files together compare with the published ones. They must be there."""
    digests = {name: _sha256(folder / name) for name in names()}
    together = "\n".join(f"{digest} {name}" for name, digest in digests.items())
    digest = f"sha256:{hashlib.sha256(together.encode()).hexdigest()}"
    if not (folder / SUMS).is_file() or _sha256(folder / SUMS) != SUMS_SHA256:
        return DataFile(str(folder), "modified", digest, f"without the {SUMS} of version 1.0.0 nobody can tell")
    published = _published(folder)
    if differing := [name for name in digests if digests[name] != published.get(name)]:
        return DataFile(str(folder), "modified", digest, f"not as published: {_listed(differing)}")
    return DataFile(str(folder), "official", digest, f"{len(digests)} files, each as {SUMS} says")


def read(folder: Path, records: tuple[int, ...]) -> Beats:
    """Every beat of the records that has a class and lies wholly within its record. Raises UserError."""
    if find_spec("wfdb") is None:
        raise UserError(f"{folder}: to read the records takes wfdb: pip install 'gda-bench[signals]'")
    parts, faults = [], []
    for record in sorted(records):
        try:
            parts.append(_cut(folder, record))
        except Exception as fault:  # wfdb raises whatever its parsers stumble over
            faults.append(f"{record} ({' '.join(str(fault).split())[:100] or type(fault).__name__})")
    if faults:
        raise UserError(f"{folder}: cannot read {_listed(faults)}: fetch these again")
    return Beats.joined(parts)


def _cut(folder: Path, record: int) -> Beats:
    import wfdb

    found = wfdb.rdrecord(str(folder / str(record)), channels=[CHANNEL], physical=False)
    if found.fs != RATE or found.adc_gain[0] != UNITS:
        raise ValueError(f"{found.fs} Hz and {found.adc_gain[0]} units a mV, not {RATE} and {UNITS}")
    if (found.calc_checksum()[0] - found.checksum[0]) % 2**16:
        raise ValueError("its samples do not give the checksum of its header")
    signal = found.d_signal[:, CHANNEL] - found.baseline[0]
    notes = wfdb.rdann(str(folder / str(record)), "atr")
    start, symbol = np.asarray(notes.sample, np.int64) - BEFORE, np.array(notes.symbol, dtype="U1")
    whole = (start >= 0) & (start + SAMPLES <= len(signal)) & np.isin(symbol, list("".join(SYMBOLS)))
    if not whole.any():
        raise ValueError("no beat is annotated in it")
    amplitude = signal[start[whole, None] + np.arange(SAMPLES)].astype(np.int16)
    return Beats(amplitude, symbol[whole], np.full(whole.sum(), record, np.int64))


def _published(folder: Path) -> dict[str, str]:
    """The digest of each file of the list."""
    lines = (line.split() for line in (folder / SUMS).read_text(encoding="utf-8", errors="replace").splitlines())
    return {words[1]: words[0] for words in lines if len(words) == 2}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _listed(found: list[str]) -> str:
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return ", ".join(found[:MOST_NAMED]) + more
