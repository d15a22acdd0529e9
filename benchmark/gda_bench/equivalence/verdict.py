"""The verdict: what the headline interval allows to be said, in one sentence."""

from __future__ import annotations

from typing import Literal

from gda_bench.equivalence.exchange import Bounds
from gda_bench.equivalence.grid import ArmId

Verdict = Literal["established", "not-established", "harmful", "censored"]


def judge(
    equivalent: Bounds, rate: Bounds, arm: ArmId, task: str, generator: str, *, judged: bool
) -> tuple[Verdict, str]:
    """The verdict on one mix. judged: whether there was noise to judge by.

    `established` or `harmful`: the exchange rate's interval lies above, or below, 0. `censored`: the benefit lies
    beyond the measured curve, or the curve is too flat to read. `not-established`: anything else.
    """
    what = f"On {task}, adding {arm.n_synth:,} {generator} images to {arm.n_real:,} real ones"
    extra = round(equivalent.estimate) - arm.n_real
    worth = f"one synthetic image was worth {_number(rate.estimate)} real ones {_range(rate)}"
    if equivalent.censored == "flat":
        return "censored", (
            f"{what} cannot be valued: more real images do not raise the score by more than its noise, "
            "so there is no scale to read a benefit on."
        )
    if not judged:
        return "not-established", (
            f"{what} looked worth {_signed(extra)} real images, but a single seed gives no interval: run more seeds."
        )
    if equivalent.censored == "above":
        known = "" if rate.low is None else f", and with 95 % confidence more than {_number(rate.low)}"
        return "censored", (
            f"{what} did better than any number of real images that was measured: it was worth at least {extra:,} more "
            f"real images, so one synthetic image was worth at least {_number(rate.estimate)}{known}."
        )
    if rate.low is not None and rate.low > 0:
        return "established", f"{what} was worth {extra:,} more real images: {worth}."
    if rate.high is not None and rate.high < 0:
        most = "at least " if equivalent.censored == "below" else ""
        return "harmful", f"{what} did harm, as if {most}{-extra:,} real images were taken away: {worth}."
    return (
        "not-established",
        f"{what} was not shown to help or to harm: {worth}, and the interval includes 0.",
    )


def _number(value: float) -> str:
    text = f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.3f}"
    return "0" if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")


def _signed(count: int) -> str:
    return f"{count:+,}".replace("-", "\N{MINUS SIGN}")


def _range(bounds: Bounds) -> str:
    low = "below the measured curve" if bounds.low is None else _number(bounds.low)
    high = "above the measured curve" if bounds.high is None else _number(bounds.high)
    return f"(95 % interval {low} to {high})"
