"""Families of laws n_eq(n, m) = n + n gain(m / n), simplest first.

Arrays: theta (D, p) holds the parameters of D laws, n and r = m / n (J,) the arms; a gain is (D, J), in units of n.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
Gain = Callable[[F64, F64, F64], F64]
"""(theta, n, r) to (D, J)."""


@dataclass(frozen=True, slots=True)
class Family:
    """gain, and slopes: its derivatives by each parameter. low, high: bounds of the parameters. tried: values of each
    whose combinations are tried before the fit."""

    name: str
    formula: str
    parameters: tuple[str, ...]
    gain: Gain
    slopes: tuple[Gain, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    tried: tuple[Sequence[float], ...]

    def worth(self, theta: F64, n: F64, m: F64) -> F64:
        """n_eq (D, J)."""
        return n + n * self.gain(theta, n, m / n)

    def jacobian(self, theta: F64, n: F64, m: F64) -> F64:
        """Derivatives of n_eq by the parameters, (D, J, p)."""
        return np.stack([n * slope(theta, n, m / n) for slope in self.slopes], axis=-1)

    def combinations(self) -> F64:
        """All that is tried, (T, p)."""
        found = list(product(*self.tried))
        return np.array(found, np.float64).reshape(len(found), len(self.parameters))


def families(base_sizes: Iterable[float]) -> tuple[Family, ...]:
    """The candidates for a grid with these base sizes, simplest first.

    With one base size the log law competes with A = 1: A shifts it in m much as c2 scales it, and a law that bends in
    two ways passes for any other (simulated: a true power law was then taken for it half of the time).
    """
    several = len(set(base_sizes)) > 1
    return NONE, CONSTANT, paper_law(base_sizes) if several else LOG, POWER, OPTIMUM


def _of(theta: F64, i: int) -> F64:
    return theta[:, i, None]


def _each(theta: F64, values: F64) -> F64:
    """values (J,) for every law, (D, J)."""
    return np.broadcast_to(values, (len(theta), len(values)))


GAINS = (-1.0, -0.2, 0.05, 0.2, 0.5, 1.0, 2.0, 4.0)
HIGHEST_A = 50.0
"""A at the largest base size is held between 1 / HIGHEST_A and HIGHEST_A."""

NONE = Family("none", "n", (), lambda t, n, r: np.zeros((len(t), len(r))), (), (), (), ())
"""Synthetic images are worth nothing: the law to beat."""

CONSTANT = Family(
    name="constant",
    formula="n + ρ m",
    parameters=("rho",),
    gain=lambda t, n, r: _of(t, 0) * r,
    slopes=(lambda t, n, r: _each(t, r),),
    low=(-10.0,),
    high=(50.0,),
    tried=(GAINS,),
)
"""Every synthetic image is worth rho real ones."""

LOG = Family(
    name="log",
    formula="n + g n ln(1 + m/n), g = 1 / ln c₂",
    parameters=("g",),
    gain=lambda t, n, r: _of(t, 0) * np.log1p(r),
    slopes=(lambda t, n, r: _each(t, np.log1p(r)),),
    low=(-10.0,),
    high=(50.0,),
    tried=(GAINS,),
)
"""The law of arXiv 2508.09550, solved for the real-equivalent, with A = 1. No gain is g = 0, where c2 is infinite."""


def paper_law(base_sizes: Iterable[float]) -> Family:
    """The law of arXiv 2508.09550 with both its constants, A = exp(kappa n) and c2."""
    return _log_with_kappa(max(base_sizes))


@cache
def _log_with_kappa(largest_n: float) -> Family:
    most = float(np.log(HIGHEST_A) / largest_n)

    def ratio(t: F64, n: F64, r: F64) -> F64:
        over_a: F64 = r * np.exp(-_of(t, 1) * n)
        return over_a

    return Family(
        name="log",
        formula="n + g n ln(1 + (m/n) / A), A = e^(κn), g = 1 / ln c₂",
        parameters=("g", "kappa"),
        gain=lambda t, n, r: _of(t, 0) * np.log1p(ratio(t, n, r)),
        slopes=(
            lambda t, n, r: np.log1p(ratio(t, n, r)),
            lambda t, n, r: -_of(t, 0) * n * ratio(t, n, r) / (1 + ratio(t, n, r)),
        ),
        low=(-10.0, -most),
        high=(50.0, most),
        tried=(GAINS, tuple(share * most for share in (-0.6, -0.3, 0.0, 0.3, 0.6))),
    )


POWER = Family(
    name="power",
    formula="n + ρ mᵈ n¹⁻ᵈ",
    parameters=("rho", "d"),
    gain=lambda t, n, r: _of(t, 0) * r ** _of(t, 1),
    slopes=(lambda t, n, r: r ** _of(t, 1), lambda t, n, r: _of(t, 0) * r ** _of(t, 1) * np.log(r)),
    low=(-10.0, 0.05),
    high=(50.0, 2.0),
    tried=(GAINS, (0.1, 0.3, 0.6, 1.0, 1.5)),
)
"""Returns fall without end (d < 1), or grow."""

OPTIMUM = Family(
    name="optimum",
    formula="n + a n ln(1 + m/n) − b m",
    parameters=("a", "b"),
    gain=lambda t, n, r: _of(t, 0) * np.log1p(r) - _of(t, 1) * r,
    slopes=(lambda t, n, r: _each(t, np.log1p(r)), lambda t, n, r: _each(t, -r)),
    low=(0.0, 0.0),
    high=(50.0, 10.0),
    tried=((0, 0.1, 0.3, 0.6, 1, 1.5, 2, 3, 5), (0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1)),
)
"""The log law's returns, less a harm that every image does, such as by its wrong labels. With one parameter more than
the log law it has an optimum, m/n = a/b - 1, beyond which more images do harm; b = 0 is the log law with A = 1."""
