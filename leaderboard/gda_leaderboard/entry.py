"""An entry of the board: one report in its folder, and how far its numbers have been checked.

leaderboard/results/<suite>/<task>--<generator>--<classifier>--<key8>/
    report.json         the report as `gda-bench run` wrote it
    predictions.npz     what every classifier said of every test image
    verified.json       written by the checks: the rung that the two files above reached
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from gda_bench.errors import UserError
from gda_bench.report import Report, loads
from gda_leaderboard.files import read_bounded

Rung = Literal["well-formed", "complete", "recomputed", "reproduced"]
RUNGS: Final[tuple[Rung, ...]] = get_args(Rung)
"""From the least to the most that was checked; each holds all before it."""
MOST_REPORT: Final = 4 * 2**20
"""Bytes: a report with its pictures has 0.2 million."""
MOST_PREDICTIONS: Final = 32 * 2**20
MOST_VERIFIED: Final = 2**16

REPORT, PREDICTIONS, VERIFIED = "report.json", "predictions.npz", "verified.json"


class Verified(BaseModel):
    """What the checks found. report, predictions: sha256 of the files that were checked; predictions is null where
    there are none. rerun: keys of the cells that were run again, on another machine or at another time."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    rung: Rung
    report: str
    predictions: str | None
    gda_bench: str
    rerun: list[str] = []
    remarks: list[str] = []


@dataclass(frozen=True, slots=True)
class Entry:
    """name: of the folder, unique on its board. digest: sha256 of report.json. rung: what verified.json says of these
    very files; `well-formed` where it says nothing of them."""

    suite: str
    name: str
    report: Report
    digest: str
    rung: Rung
    remarks: tuple[str, ...] = ()


def load_entry(folder: Path) -> Entry:
    """The entry of a folder <suite>/<name>. Raises UserError on anything but a valid report."""
    report, digest = read_report(folder / REPORT)
    verified = read_verified(folder)
    # a verdict on other files is none
    stands = verified is not None and verified.report == digest and verified.predictions == sha256(folder / PREDICTIONS)
    return Entry(
        suite=folder.parent.name,
        name=folder.name,
        report=report,
        digest=digest,
        rung=verified.rung if verified and stands else "well-formed",
        remarks=tuple(verified.remarks) if verified and stands else (),
    )


def read_report(path: Path) -> tuple[Report, str]:
    """A report.json and the sha256 of its bytes. Raises UserError on anything but a valid report of modest size."""
    content = read_bounded(path, MOST_REPORT)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise UserError(f"{path.name}: not a text file") from None
    return loads(text, path.name), hashlib.sha256(content).hexdigest()


def entry_folders(results: Path) -> list[Path]:
    """Every entry's folder under leaderboard/results, in the order of suites and names."""
    return sorted(path.parent for path in results.glob(f"*/*/{REPORT}"))


def read_verified(folder: Path) -> Verified | None:
    """What the checks said, or None where nothing readable stands."""
    try:
        return Verified.model_validate_json(read_bounded(folder / VERIFIED, MOST_VERIFIED))
    except (UserError, ValidationError):
        return None


def sha256(path: Path) -> str | None:
    """Of the bytes of a submitted file; None where there is none that could be one."""
    try:
        return hashlib.sha256(read_bounded(path, MOST_PREDICTIONS)).hexdigest()
    except UserError:
        return None
