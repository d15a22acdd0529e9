"""What to buy: from a report and prices to the cheapest mix, with all that it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from gda_bench.equivalence.laws import Laws, fit_laws, obstacle
from gda_bench.equivalence.mix import Kinds, Market, Mix, Prices
from gda_bench.errors import UserError
from gda_bench.report import reading
from gda_bench.report.model import Report
from gda_bench.study.estimate import grid_of

KINDS: tuple[Kinds, ...] = ("any", "real", "synthetic")


@dataclass(frozen=True, slots=True)
class Advice:
    """Mixes by what may be bought; None where none reaches the target. reach: the range of the metric that the real
    curve covers. assumptions: one sentence each."""

    metric: str
    n_real: int
    law: str
    prices: Prices
    target: float | None
    budget: float | None
    mixes: dict[Kinds, Mix | None]
    reach: tuple[float, float]
    assumptions: list[str]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def advise(report: Report, prices: Prices, *, target: float | None = None, budget: float | None = None) -> Advice:
    """The cheapest mix that reaches the target, or the best within the budget; one of the two is given.

    Curve and law are fitted again to the report's cells. Raises UserError where they allow no law.
    """
    metric, n = report.task.metric, reading.base_size(report)
    grid = grid_of(report.cells, metric)
    laws = fit_laws(grid)
    if laws is None or n is None:
        raise UserError(f"no advice from this report: {obstacle(grid) or 'it has no base size'}")
    markets = {kinds: Market(laws, n, prices, kinds) for kinds in KINDS}
    mixes: dict[Kinds, Mix | None] = {}
    for kinds, market in markets.items():
        mixes[kinds] = market.best(budget) if budget is not None else market.cheapest(target or 0.0)
    return Advice(
        metric=metric,
        n_real=n,
        law=laws.selected.family.name,
        prices=prices,
        target=target,
        budget=budget,
        mixes=mixes,
        reach=(float(laws.curve.values[0, 0]), float(laws.curve.values[0, -1])),
        assumptions=list(_assumptions(report, laws, markets["any"], to_a_target=target is not None)),
    )


def _assumptions(report: Report, laws: Laws, market: Market, *, to_a_target: bool) -> Iterator[str]:
    low, high = market.ratios
    bases = ", ".join(f"{n:,.0f}" for n in sorted(set(laws.arms.n)))
    yield (
        f"Only what was measured is offered: {market.n:,} to {market.largest:,} real images, and {low:g} to {high:g} "
        "synthetic images per real one, or none."
    )
    yield (
        f"The law ({laws.selected.family.name}) was fitted at n = {bases} and is assumed to hold in m/n at other n "
        "too, with the generator trained again on all n."
    )
    if to_a_target:
        yield "The cheapest mix only just reaches the target, so its chance is near one half: aim higher to be safe."
    yield "The price of a synthetic image must hold your share of the generator's training; it is not added."
    if reading.failed_controls(report):
        yield "A control failed: do not believe this report, nor advice from it."
