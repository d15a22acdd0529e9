"""`advise`: what to buy at given prices."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gda_bench.cli import options as o
from gda_bench.cli.console import out, print_json
from gda_bench.errors import UserError

if TYPE_CHECKING:
    from gda_bench.equivalence.mix import Mix
    from gda_bench.report.model import Report
    from gda_bench.study.advise import Advice

LABELS = {"any": "both", "real": "real images only", "synthetic": "synthetic images only"}


def advise(  # noqa: PLR0917  (the command line is flat)
    path: Annotated[Path, typer.Argument(metavar="REPORT.json")],
    cost_real: Annotated[float | None, typer.Option(help="Price of one labelled real image.")] = None,
    cost_synthetic: Annotated[float | None, typer.Option(help="Price of one synthetic image.")] = None,
    target: Annotated[float | None, typer.Option(help="The metric to reach, as a fraction: 0.95.")] = None,
    budget: Annotated[float | None, typer.Option(help="Or: what may be spent, in the currency of the prices.")] = None,
    json: o.Json = False,
) -> None:
    """Say which mix of extra real and synthetic images to buy; runs no model, and offers only what was measured."""
    from gda_bench.equivalence.mix import Prices
    from gda_bench.report.document import load
    from gda_bench.study.advise import advise as best_mixes

    report = load(path)
    _judge(report, cost_real=cost_real, cost_synthetic=cost_synthetic, target=target, budget=budget)
    prices = Prices(cost_real or 0.0, cost_synthetic or 0.0)
    advice = best_mixes(report, prices, target=target, budget=budget)
    if json:
        print_json({"report": str(path), **advice.as_dict()})
    else:
        _print(advice)


def _judge(report: Report, **given: float | None) -> None:
    for name, value in given.items():
        flag = f"--{name.replace('_', '-')}"
        if value is not None and not (math.isfinite(value) and value >= 0):
            raise UserError(f"{flag} {value:g} must be a number, 0 or more")
    if given["cost_real"] is None:
        raise UserError("--cost-real is missing: say what one more labelled real image costs you")
    if given["cost_synthetic"] is None:
        raise UserError(
            "--cost-synthetic is missing: say what one synthetic image costs you, in the currency of --cost-real; "
            + _measured(report)
        )
    if (given["target"] is None) == (given["budget"] is None):
        raise UserError("give either --target, the metric to reach, or --budget, what may be spent")
    if given["target"] is not None and given["target"] > 1:
        raise UserError(f"--target {given['target']:g} is no metric: {report.task.metric} lies between 0 and 1")


def _measured(report: Report) -> str:
    """The generator's compute, for whoever wants to price it."""
    mine = [row for row in report.cost if row.stage in ("fit", "pool") and row.component == report.generator.name]
    if not mine:
        return "the report holds no measured compute to price it by"
    told = ", ".join(f"{row.wall_s / row.cells:.1f} s a {row.stage} on {row.device}" for row in mine if row.cells)
    return f"the report measured {told}"


def _print(advice: Advice) -> None:
    from rich.table import Table

    if advice.budget is not None:
        out.print(f"The best {advice.metric} for {advice.budget:g}, from {advice.n_real:,} real images on:")
    elif advice.mixes["any"] is None:
        out.print(
            f"None reaches {advice.metric} {advice.target:g}: the measured curve covers {advice.reach[0]:.3f} to "
            f"{advice.reach[1]:.3f}, and no mix within what was measured gets there."
        )
    else:
        out.print(f"The cheapest way to {advice.metric} {advice.target:g}, from {advice.n_real:,} real images on:")
    if any(advice.mixes.values()):
        table = Table(box=None, pad_edge=False)
        columns = ("", "extra real", "synthetic", "cost", f"predicted {advice.metric}")
        for title in (*columns, "chance") if advice.target is not None else columns:
            table.add_column(title, justify="left" if not title else "right")
        for kinds, mix in advice.mixes.items():
            cells = _row(mix)
            table.add_row(LABELS[kinds], *(cells if advice.target is not None else cells[:-1]))
        out.print(table)
    for sentence in advice.assumptions:
        out.print(f"- {sentence}", markup=False)


def _row(mix: Mix | None) -> list[str]:
    if mix is None:
        return ["none", "none", "", "none reaches it", ""]
    low, high = mix.metric.low, mix.metric.high
    interval = f" [{low:.3f}, {high:.3f}]" if low is not None and high is not None else ""
    chance = f"{mix.chance:.0%}" if mix.chance is not None else "not known"
    return [
        f"{mix.extra_real:,}",
        f"{mix.n_synth:,}",
        f"{mix.cost:,.2f}",
        f"{mix.metric.estimate:.3f}{interval}",
        chance,
    ]
