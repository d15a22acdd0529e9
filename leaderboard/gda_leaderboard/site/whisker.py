"""The interval in a table's cell: a line, its estimate and the 0 beside it, on one scale for the whole table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gda_bench.report.model import Interval

WIDTH, HEIGHT = 120, 16
MARGIN = 6
MOST = 1.5
"""Exchange rates beyond these are off the scale: one wild interval must not make all others a dot."""


@dataclass(frozen=True, slots=True)
class Whisker:
    """In pixels of WIDTH x HEIGHT. back, onward: the interval goes on past this end."""

    zero: float
    low: float
    high: float
    at: float
    back: bool
    onward: bool
    is_open: bool


@dataclass(frozen=True, slots=True)
class Scale:
    """Exchange rates from `low` to `high` over the width of a cell."""

    low: float
    high: float

    def x(self, rate: float) -> float:
        share = (min(max(rate, self.low), self.high) - self.low) / (self.high - self.low)
        return round(MARGIN + (WIDTH - 2 * MARGIN) * share, 1)

    def whisker(self, rate: Interval, *, is_open: bool) -> Whisker:
        """is_open: the interval includes 0."""
        back = rate.low is None or rate.low < self.low
        onward = rate.high is None or rate.high > self.high
        return Whisker(
            zero=self.x(0),
            low=self.x(self.low if rate.low is None else rate.low),
            high=self.x(self.high if rate.high is None else rate.high),
            at=self.x(rate.estimate),
            back=back,
            onward=onward,
            is_open=is_open,
        )


def scale_of(rates: Iterable[Interval]) -> Scale:
    """Wide enough for every end that is known and not absurd, and for 0."""
    ends = [x for r in rates for x in (r.low, r.estimate, r.high) if x is not None and abs(x) <= MOST]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    return Scale(low, high) if high - low > 1e-9 else Scale(-0.1, 0.1)
