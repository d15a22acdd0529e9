"""How worth and error grow with size, in the report's terms: laws, the power law of the real curve, exponents."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from gda_bench.equivalence.grid import Grid
from gda_bench.equivalence.laws import PUBLISHED_C2, FittedLaw, Laws, fit_laws
from gda_bench.equivalence.power_law import fit_power_law
from gda_bench.equivalence.scaling import slope
from gda_bench.report.model import Exponent, Interval, Law, LawCandidate, LawPoint, PowerLaw

DRAWN = 25
"""Sizes at which a law is drawn, evenly spaced in log m."""


def law(grid: Grid, n: int) -> Law | None:
    """The laws fitted to the mixes, drawn at the base size n; None where the grid allows none."""
    found = fit_laws(grid)
    if found is None:
        return None
    sizes = [arm.n_synth for arm in grid.arms("mix") if arm.n_real == n]
    drawn = np.unique(np.geomspace(min(sizes), max(sizes), DRAWN).round()) if sizes else np.empty(0)
    return Law(
        selected=found.selected.family.name,
        candidates=[_candidate(found, fitted, n, drawn) for fitted in found.laws],
        c2=_interval(found.c2),
        kappa=_interval(found.kappa),
        reference=dict(PUBLISHED_C2),
        note=found.note,
    )


def power_law(grid: Grid) -> PowerLaw | None:
    """The power law of the real curve; None for fewer than four sizes, which three parameters would fit to anything."""
    real = grid.arms("real")
    if len(real) < 4:
        return None
    means = np.array([grid.mean(arm) for arm in real])
    fitted = fit_power_law(grid.real_sizes(), means, [float(grid.seeds(arm)) for arm in real])
    return PowerLaw(a=fitted.a, b=fitted.b, c=fitted.c, rmse=fitted.rmse)


def scaling(grid: Grid) -> list[Exponent] | None:
    """Exponents of the real and of the synthetic-only arms, as far as there are sizes enough."""
    arms: tuple[Literal["real", "synthetic"], ...] = ("real", "synthetic")
    found = [
        Exponent(arm=arm, slope=Interval(estimate=s.estimate, low=s.low, high=s.high), sizes=list(s.sizes))
        for arm in arms
        if (s := slope(grid, grid.arms(arm)))
    ]
    return found or None


def _candidate(found: Laws, fitted: FittedLaw, n: int, drawn: Any) -> LawCandidate:
    worth, metric = fitted.worth(n, drawn), found.metric(fitted, n, drawn)
    return LawCandidate(
        name=fitted.family.name,
        formula=fitted.family.formula,
        cv_rmse=fitted.cv_rmse,
        parameters={name: Interval(estimate=v.estimate, low=v.low, high=v.high) for name, v in
                    fitted.parameters().items()},
        curve=[
            LawPoint(n_synth=int(m), real_equivalent=float(w), metric=float(value))
            for m, w, value in zip(drawn, worth, metric, strict=True)
        ],
    )  # fmt: skip


def _interval(value: Any) -> Interval | None:
    return None if value is None else Interval(estimate=value.estimate, low=value.low, high=value.high)
