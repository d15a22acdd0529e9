"""How many seeds an exchange rate takes to be known as well as somebody asks.

A study begins with a few seeds and is given more until the 95 % interval of its exchange rate is short enough. Looking
and going on can make an interval lie: a run of lucky seeds looks precise and ends the study. So no study ends before
the fewest seeds that were simulated, and `benchmark/simulations/adaptive.md` shows what is left of the 95 %.
"""

from __future__ import annotations

import math

from gda_bench.equivalence.exchange import Bounds
from gda_bench.equivalence.noise import Spread
from gda_bench.equivalence.trust import SEEDS

MOST_GROWTH = 2
"""The number of seeds at most doubles from one look to the next: with few seeds the noise is known poorly."""


def seeds_wanted(rate: Bounds, spread: Spread | None, seeds: int, *, width: float, most: int) -> int:
    """How many seeds to have next; `seeds`, what there are, where more are not needed or would not help.

    rate: the exchange rate with its interval; width: how long that may be, in real images a synthetic one. spread: of
    the mix minus its base (1,), None for one seed: the part that the test set has in it does not shrink with seeds, and
    where that part alone is too wide no number of seeds is enough. An estimate beyond the measured curve has no
    interval to shorten.
    """
    if seeds >= most:
        return seeds
    if seeds < SEEDS or spread is None:
        return min(most, SEEDS)
    if rate.censored:
        return seeds
    longest = min(most, MOST_GROWTH * seeds)
    if rate.low is None or rate.high is None:
        return longest
    return min(longest, _foreseen(rate.high - rate.low, spread, seeds, width))


def _foreseen(length: float, spread: Spread, seeds: int, width: float) -> int:
    """The number of seeds with which an interval of this length should be as short as `width`."""
    if length <= width:
        return seeds
    of_the_test_set = float(spread.test_variance[0] / spread.variance[0]) if spread.variance[0] > 0 else 0.0
    left = (width / length) ** 2 - of_the_test_set
    return max(seeds + 1, math.ceil(seeds * (1 - of_the_test_set) / left)) if left > 0 else seeds
