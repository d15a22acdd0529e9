"""How numbers are written, in one place: a true minus, no negative zero, intervals, and words for what is not there.

Levels of a metric are fractions (0.955); differences of a metric are points (one point = 0.01).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gda_bench.report.model import Arm, Censored, Interval, RealEquivalent

MINUS = "−"
FIRM = "\u00a0"
"""A space at which no line breaks."""
NOT_MEASURED = "not measured"
BEYOND = "…"
"""An end of an interval that lies beyond what was measured."""


def number(x: float, decimals: int = 0, *, sign: bool = False) -> str:
    """A number with thousands separators: `−1,234.5`. What rounds to zero carries no sign."""
    digits = f"{abs(x):,.{decimals}f}"
    if not digits.strip("0.,"):
        return digits
    return (MINUS if x < 0 else "+" if sign else "") + digits


def count(x: float | None) -> str:
    """A number of images, seeds or cells."""
    return NOT_MEASURED if x is None else number(x)


def level(x: float | None) -> str:
    """A metric, as a fraction."""
    return NOT_MEASURED if x is None else number(x, 3)


def share(x: float | None) -> str:
    """A fraction of something counted, in per cent."""
    if x is None:
        return NOT_MEASURED
    if 0 < x < 0.0005:
        return f"< 0.1{FIRM}%"
    return f"{number(100 * x, 1)}{FIRM}%" if x else f"0{FIRM}%"


def significant(x: float) -> str:
    """A number of unknown size, to three figures."""
    return f"{x:.3g}".replace("-", MINUS) if x else "0"


def seconds(x: float) -> str:
    """A time that a person can compare."""
    if x < 99.5:
        return f"{number(x, 1)} s" if x < 9.95 else f"{number(x)} s"
    minutes = round(x / 60)
    return f"{minutes} min" if minutes < 100 else f"{number(x / 3600, 1)} h"


def megabytes(x: float | None) -> str:
    if x is None:
        return NOT_MEASURED
    return f"{number(x)} MB" if x < 1000 else f"{number(x / 1000, 1)} GB"


@dataclass(frozen=True, slots=True)
class Written:
    """An estimate and the ends of its interval, each as text; no interval where both ends are empty."""

    estimate: str
    low: str = ""
    high: str = ""

    def __str__(self) -> str:
        return f"{self.estimate} [{self.low}, {self.high}]" if self.low or self.high else self.estimate

    @property
    def spoken(self) -> str:
        """The interval in words, for where there is room."""
        if not (self.low or self.high):
            return "no interval"
        if self.low == self.high == BEYOND:
            return "95 % interval without an end in what was measured"
        low = "below what was measured" if self.low == BEYOND else self.low
        high = "beyond what was measured" if self.high == BEYOND else self.high
        return f"95 % interval {low} to {high}"


def rate(value: Interval | None, censored: Censored | None = None, *, seeds: int = 2) -> Written:
    """An exchange rate: `0.12 [0.05, 0.20]`; one decimal more where a bound would read as 0 and is not.

    seeds: that it rests on; a single one has no interval.
    """
    if censored == "flat":
        return Written("not readable")
    return _with_ends(_written(value, 2, censored=censored), seeds)


def points(value: Interval | None) -> Written:
    """A difference of a metric in points: `+1.8 [+0.9, +2.7]`."""
    return _written(value, 1, scale=100, sign=True)


def slope(value: Interval | None) -> Written:
    """An exponent: `−0.31 [−0.36, −0.26]`."""
    return _written(value, 2)


def constant(value: Interval | None) -> Written:
    """A constant, as of a law: about three significant figures, whatever its size."""
    size = abs(value.estimate) if value else 0
    if value and (0 < size < 0.001 or size >= 1e6):
        ends = (value.low, value.high)
        known = () if ends == (None, None) else (BEYOND if v is None else significant(v) for v in ends)
        return Written(significant(value.estimate), *known)
    return _written(value, 0 if size >= 20 else 1 if size >= 4 else 2 if size >= 0.1 else 4)


def per_real(value: Interval, censored: Censored | None) -> Written:
    """Synthetic images per real one: 1 / exchange rate, so a bound turns round."""
    written = constant(value)
    return Written(("≤ " if censored == "above" else "") + written.estimate, written.low, written.high)


def real_equivalent(value: RealEquivalent | None, *, seeds: int = 2) -> Written:
    """Real images: `312 [270, 380]`, `≥ 812` above the measured curve, `≤ 50` below it. seeds: as for `rate`."""
    if value is not None and value.censored == "flat":
        return Written("not readable (flat)")
    return _with_ends(_written(value, 0, censored=value.censored if value else None), seeds)


def _with_ends(written: Written, seeds: int) -> Written:
    """Of two seeds and more an interval without an end in what was measured is an interval too: everything."""
    if written.low or written.high or written.estimate == NOT_MEASURED or seeds < 2:
        return written
    return Written(written.estimate, BEYOND, BEYOND)


def _written(
    value: Interval | None,
    least: int,
    *,
    scale: float = 1,
    sign: bool = False,
    censored: Censored | None = None,
) -> Written:
    if value is None:
        return Written(NOT_MEASURED)
    ends = (value.low, value.high)
    decimals = _decimals([scale * v for v in ends if v is not None], least) if least else 0
    bound = {"above": "≥ ", "below": "≤ "}.get(censored or "", "")
    estimate = bound + number(scale * value.estimate, decimals, sign=sign)
    if ends == (None, None):
        return Written(estimate)
    return Written(estimate, *(BEYOND if v is None else number(scale * v, decimals, sign=sign) for v in ends))


def _decimals(values: Sequence[float], least: int, most: int = 4) -> int:
    """The fewest decimals at which no bound that differs from 0 reads as 0."""
    smallest = min((abs(v) for v in values if abs(v) >= 0.5 * 10**-most), default=1.0)
    return next((d for d in range(least, most) if round(smallest, d) > 0), most)


def listed(parts: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def plain(text: str) -> str:
    """One line of text without control, bidirectional or half characters: fit for any format and any terminal."""
    visible = "".join(" " if c.isspace() else "�" if unicodedata.category(c) in _UNSEEN else c for c in text)
    return " ".join(visible.split())


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def is_link(text: str) -> bool:
    """Whether the whole text is an https address, and harmless in any markup."""
    return re.fullmatch(r"https://[\w./%?=&+~:;,#-]+", text, re.ASCII) is not None


def setting(value: Any) -> str:
    """A parameter or profile setting of any JSON type, on one line."""
    if isinstance(value, str):
        return plain(value)
    return plain(json.dumps(value, ensure_ascii=False, sort_keys=True, default=str))


def metric_name(metric: str) -> str:
    return "AUC" if metric == "auc" else plain(metric.replace("_", " "))


def trained_on(arm: Arm, n_real: int, n_synth: int) -> str:
    """The training set of an arm in words: `200 real + 1,600 synthetic`."""
    added = {"mix": "synthetic", "synthetic": "synthetic", "copy": "copies", "oracle": "held-out real"}
    parts = [f"{number(n_real)} real"] if n_real else []
    if n_synth:
        parts.append(f"{number(n_synth)} {added.get(arm, 'added')}")
    return " + ".join(parts) or "nothing"


def times(n_synth: int, n_real: int) -> str:
    """m/n, as in `8×` or `0.5×`."""
    return f"{n_synth / n_real:,.3g}×" if n_real else ""


def plural(n: int, one: str, many: str | None = None) -> str:
    return f"{number(n)} {one if n == 1 else many or one + 's'}"
