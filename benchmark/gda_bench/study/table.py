"""A table of results as people bring it: `arm,n_real,n_synth,seed,<metric>...` in CSV, judged line by line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd

from gda_bench.errors import UserError, nearest
from gda_bench.report.model import Arm

KEYS = ["arm", "n_real", "n_synth", "seed"]
ARMS: tuple[str, ...] = get_args(Arm)


def read_table(source: str | Path | pd.DataFrame | Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """The rows of a CSV file, or of a frame or mappings in memory: arm, the integers n_real, n_synth and seed, and
    metrics as fractions in [0, 1]; n_test, if there.

    Raises UserError, which names the line, where a column lacks, a value is no number, a metric lies outside [0, 1],
    an arm's sizes contradict its name, or a cell stands twice.
    """
    if isinstance(source, str | Path):
        name, table = str(source), _read_csv(Path(source))
    else:
        name, table = "rows", pd.DataFrame(source if isinstance(source, pd.DataFrame) else list(source))
        table = table.reset_index(drop=True)
    lacking = [column for column in KEYS if column not in table]
    if lacking:
        have = ", ".join(map(str, table.columns)) or "none"
        raise UserError(f"{name}: no column {lacking[0]!r}; it needs arm,n_real,n_synth,seed,<metric>..., has: {have}")
    if not len(table):
        raise UserError(f"{name}: holds no results")
    for column in ("n_real", "n_synth", "seed", *(["n_test"] if "n_test" in table else [])):
        table[column] = _whole(table, column, name)
    _judge_arms(table, name)
    metrics = metric_columns(table)
    if not metrics:
        raise UserError(f"{name}: no metric column beside arm,n_real,n_synth,seed; add one such as accuracy")
    for column in metrics:
        table[column] = _fractions(table, column, name)
    _refuse(table.duplicated(KEYS), name, lambda row: "the same arm, sizes and seed stand twice", table)
    return table


def metric_columns(table: pd.DataFrame) -> list[str]:
    """The columns that hold metrics."""
    return [str(column) for column in table.columns if column not in (*KEYS, "n_test")]


def _read_csv(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, skipinitialspace=True, encoding="utf-8-sig")
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error}); give the path of a CSV file") from None
    except UnicodeDecodeError:
        raise UserError(f"{path}: not a text file; give the path of a CSV file") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        raise UserError(f"{path}: not CSV: {' '.join(str(error).split())}") from None


def _whole(table: pd.DataFrame, column: str, name: str) -> pd.Series[int]:
    numbers = pd.to_numeric(table[column], errors="coerce")
    # a float holds every size and seed below 2**53 exactly
    wrong = numbers.isna() | (numbers < 0) | (numbers % 1 != 0) | (numbers > 2**53)
    _refuse(wrong, name, lambda row: f"{column} is {row[column]!r}, not a whole number from 0 up", table)
    return numbers.astype("int64")


def _fractions(table: pd.DataFrame, column: str, name: str) -> pd.Series[float]:
    numbers = pd.to_numeric(table[column], errors="coerce").astype("float64")
    _refuse(
        ~np.isfinite(numbers), name,
        lambda row: f"{column} is {row[column]!r}, not a number; leave out cells without a result", table,
    )  # fmt: skip
    percent = bool(numbers.max() > 1 and numbers.max() <= 100)
    hint = "; if these are percentages, divide by 100" if percent else ""
    _refuse(
        (numbers < 0) | (numbers > 1), name,
        lambda row: f"{column} is {row[column]}, but metrics are fractions in [0, 1]{hint}", table,
    )  # fmt: skip
    return numbers


def _judge_arms(table: pd.DataFrame, name: str) -> None:
    arm, n, m = table["arm"].astype(str), table["n_real"], table["n_synth"]
    _refuse(~arm.isin(ARMS), name, lambda row: f"unknown arm {row['arm']!r}: {nearest(str(row['arm']), ARMS)}", table)
    _refuse((arm == "real") & ((n < 1) | (m > 0)), name, lambda row: "a real arm has n_real > 0 and n_synth = 0", table)
    alone = (arm == "synthetic") & ((n > 0) | (m < 1))
    _refuse(alone, name, lambda row: "a synthetic arm has n_real = 0 and n_synth > 0", table)
    both = arm.isin(["mix", "copy", "oracle"]) & ((n < 1) | (m < 1))
    _refuse(both, name, lambda row: f"a {row['arm']} arm has n_real > 0 and n_synth > 0", table)


def _refuse(wrong: Any, name: str, why: Any, table: pd.DataFrame) -> None:
    places = np.flatnonzero(wrong)
    if len(places):
        line = int(places[0]) + 2  # after the header, counted from 1
        more = f" (and {len(places) - 1:,} more lines)" if len(places) > 1 else ""
        raise UserError(f"{name}: line {line}: {why(table.iloc[places[0]])}{more}")
