"""Heartbeats cut from ECG records, and the .npz file that holds them ready cut."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from gda_bench.api import I64, U8, UserError, promises
from gda_tasks.mitbih_split import SYMBOLS

I16 = NDArray[np.int16]

RATE = 360
"""Samples a second."""
UNITS = 200
"""Of the converter, to a millivolt."""
BEFORE, SAMPLES = 89, 252
"""A beat is 0.7 s, this many samples of it before the annotated R peak."""

LEVELS = 40
"""Grey levels to a millivolt."""
ZERO = 128
"""The grey level of 0 mV: 0 to 255 stand for -3.2 to 3.175 mV."""


@dataclass(frozen=True, slots=True, eq=False)
class Beats:
    """amplitude: int16 (N, SAMPLES), of which UNITS are a millivolt. symbol: str (N,), PhysioNet's annotation.
    record: int64 (N,)."""

    amplitude: I16
    symbol: NDArray[np.str_]
    record: I64

    @classmethod
    def joined(cls, parts: Sequence[Beats]) -> Beats:
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__slots__))

    def of(self, records: Iterable[int]) -> Self:
        """The beats of these records that belong to a class."""
        chosen = np.flatnonzero(np.isin(self.record, list(records)) & np.isin(self.symbol, list("".join(SYMBOLS))))
        return type(self)(self.amplitude[chosen], self.symbol[chosen], self.record[chosen])

    def labels(self) -> I64:
        """The class of each beat, (N,); every symbol must have one: see `of`."""
        label = {symbol: c for c, symbols in enumerate(SYMBOLS) for symbol in symbols}
        return np.array([label[symbol] for symbol in self.symbol.tolist()], np.int64)


def read(path: Path) -> Beats:
    """The beats of an .npz file with `beats`, `symbol`, `record`, `fs` and `scale_mV`. Raises UserError."""
    promised = promises(path, ("beats", "symbol", "record", "fs", "scale_mV"))
    (shape, dtype), symbol, record = (promised[name] for name in ("beats", "symbol", "record"))
    if dtype != np.int16 or len(shape) != 2 or shape[1] != SAMPLES:
        raise UserError(f"{path}: beats is {dtype} {shape}, not int16 (N, {SAMPLES})")
    if symbol[1].kind != "U" or symbol[0] != shape[:1]:
        raise UserError(f"{path}: symbol is {symbol[1]} {symbol[0]}, not text ({shape[0]},), one symbol a beat")
    if record[1].kind not in "iu" or record[0] != shape[:1]:
        raise UserError(f"{path}: record is {record[1]} {record[0]}, not integers ({shape[0]},), one number a beat")
    try:
        with np.load(path, allow_pickle=False) as file:
            rate, scale = float(file["fs"]), float(file["scale_mV"])
            beats = Beats(file["beats"], file["symbol"], file["record"].astype(np.int64))
    except (ValueError, OSError, EOFError, TypeError, RuntimeError) as error:
        raise UserError(f"{path}: is damaged: {' '.join(str(error).split())}") from error
    if rate != RATE or scale * UNITS != 1:
        raise UserError(f"{path}: is at {rate:g} Hz and {scale:g} mV a unit, not at {RATE} Hz and {1 / UNITS:g} mV")
    return beats


def as_images(amplitude: I16, length: int) -> U8:
    """Signals (N, SAMPLES) as images uint8 (N, 1, length, 1); SAMPLES must be a multiple of `length`.

    A shorter signal is filtered against aliases first. What exceeds the range is clipped.
    """
    from scipy.signal import resample_poly

    millivolts = amplitude.astype(np.float32) / UNITS
    if length != SAMPLES:
        millivolts = resample_poly(millivolts, 1, SAMPLES // length, axis=1, padtype="line")
    levels = np.rint(millivolts * LEVELS + ZERO).clip(0, 255).astype(np.uint8)
    return levels[:, None, :, None]
