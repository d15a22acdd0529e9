"""How the worth grows with m, and how the error falls with size: the laws, the published c2 and the exponents."""

from __future__ import annotations

from gda_bench.report import reading, words
from gda_bench.report.blocks import Block, Figure, Section, Table, Text
from gda_bench.report.model import Exponent, Interval, Law, LawCandidate, Report

SECOND_HAND = "published (2nd hand)"
LAW_CAPTION = (
    "Each mix at its m, with its 95 % interval; a triangle is a bound, an arrow an end that lies beyond what was "
    "measured. Lines: the laws, each fitted to all arms at once; the thick one is the selected law. The dashed line is "
    "n, where added images are worth nothing."
)


def laws(report: Report) -> Section | None:
    """The laws of worth against m; None where none was fitted."""
    found = report.law
    if found is None or not found.candidates:
        return None
    blocks: list[Block] = [Text(_reading(report, found))]
    if reading.drawn_laws(report) and reading.mixes(report):
        blocks.append(Figure("law", _alt(report), LAW_CAPTION))
    blocks.append(_candidates(found))
    if found.c2 or found.reference:
        blocks.append(_constants(found))
    return Section("law", "How the worth grows with m", tuple(blocks))


def scaling(report: Report) -> Section | None:
    """The exponents of error against size, real and synthetic-only beside each other."""
    law = report.real_curve.power_law if report.real_curve else None
    blocks: list[Block] = []
    if report.scaling:
        blocks += [Text(_falls(report.scaling)), _exponents(report.scaling)]
    if law:
        blocks.append(
            Text(
                f"Of real images, the power law error = {words.significant(law.a)} n^{words.number(-law.b, 2)} "
                f"{'−' if law.c < 0 else '+'} {words.significant(abs(law.c))} fits the means to within "
                f"{words.number(100 * law.rmse, 2)} points (root mean square). Nothing is read off it: worth is read "
                "off the measured, monotone curve."
            )
        )
    return Section("scaling", "How the error falls with size", tuple(blocks)) if blocks else None


def _reading(report: Report, found: Law) -> str:
    """The selected law in a sentence or two: how well it predicts, and what it says of the first and the last image."""
    fit = reading.selected_law(report)
    if fit is None:
        return f"Selected: {words.plain(found.selected)}."
    if not fit.parameters:
        return (
            f"Of {words.plural(len(found.candidates), 'law')}, none predicts arms that it has not seen better than "
            f"{words.plain(fit.name)}, by which added images are worth nothing whatever their number."
        )
    text = (
        f"Of {words.plural(len(found.candidates), 'law')}, {words.plain(fit.name)} predicts arms that it has not seen "
        f"best, to within {words.number(100 * fit.cv_rmse, 2)} points."
        if len(found.candidates) > 1
        else f"One law was fitted, {words.plain(fit.name)}; it predicts arms that it has not seen to within "
        f"{words.number(100 * fit.cv_rmse, 2)} points."
    )
    each = _worth_of_one(report, fit)
    if each:
        text += f" By it, {words.listed(each)}."
    top = reading.peak(report)
    if top:
        text += f" It peaks near m = {words.number(top.n_synth)} and falls from there."
    return text


def _worth_of_one(report: Report, fit: LawCandidate) -> list[str]:
    """What the law says of one image of the smallest and of the largest mix that was measured."""
    base, measured = reading.base_size(report), [row.n_synth for row in reading.mixes(report)]
    if not base or not measured:
        return []
    parts = []
    for m in sorted({min(measured), max(measured)}):
        worth = reading.by_law(fit, m)
        if worth is not None:
            rate = words.number((worth - base) / m, 2)
            parts.append(f"{words.number(m)} synthetic images are worth {rate} real ones each")
    return parts


def _alt(report: Report) -> str:
    fit = reading.selected_law(report)
    points = " ".join(
        f"m = {words.number(row.n_synth)}: {words.real_equivalent(row.real_equivalent, seeds=row.n)}."
        for row in reading.mixes(report)
    )
    drawn = [words.plain(law.name) for law in reading.drawn_laws(report)]
    by_law = f" By {words.plain(fit.name)}: {_predicted(fit, report)}." if fit and fit.curve else ""
    return f"Worth in real images against m. Measured: {points}{by_law} Laws fitted: {words.listed(drawn)}."


def _predicted(fit: LawCandidate, report: Report) -> str:
    found = {row.n_synth: reading.by_law(fit, row.n_synth) for row in reading.mixes(report)}
    return ", ".join(
        f"{words.number(worth)} at m = {words.number(m)}" for m, worth in found.items() if worth is not None
    )


def _candidates(found: Law) -> Table:
    fits = sorted(found.candidates, key=lambda fit: fit.cv_rmse)
    note = "In bold: the selected law. Error: of the metric of each arm, predicted without that arm."
    return Table(
        caption="Laws for the real-equivalent of n real + m synthetic images",
        align="llrl",
        head=("law", "real-equivalent", "error, points", "parameters, 95 % interval"),
        rows=tuple(
            (
                words.plain(fit.name),
                words.plain(fit.formula),
                words.number(100 * fit.cv_rmse, 2),
                "; ".join(f"{words.plain(k)} = {words.constant(v)}" for k, v in sorted(fit.parameters.items())) or "–",
            )
            for fit in fits
        ),
        strong=frozenset(i for i, fit in enumerate(fits) if fit.name == found.selected),
        note=f"{note} {words.plain(found.note)}".rstrip(),
    )


def _constants(found: Law) -> Table:
    """c2 and kappa of the log law, and c2 as published for other data."""
    kappa = f"kappa = {words.constant(found.kappa)}. " if found.kappa else ""
    rows = [("this study", str(words.constant(found.c2)), _price(found.c2), "measured here")]
    for name, value in found.reference.items():
        published = Interval(estimate=value, low=None, high=None)
        rows.append((words.plain(name), str(words.constant(published)), _price(published), SECOND_HAND))
    return Table(
        caption="c2 of the log law, beside published values",
        align="lrrl",
        head=("data and generator", "c2", "to double n", "source"),
        rows=tuple(rows),
        strong=frozenset({0}),
        note=f"{kappa}To double n: synthetic images per extra real one, c2 − 1, where kappa is 0. Published values "
        "come from other data, sizes and classifiers: to look at, not to match.",
    )


def _price(c2: Interval | None) -> str:
    """Synthetic images per extra real one at n_eq = 2n, for kappa = 0."""
    if c2 is None:
        return words.NOT_MEASURED
    if c2.estimate <= 1:
        return "none reaches it"
    return words.constant(Interval(estimate=c2.estimate - 1, low=None, high=None)).estimate


def _falls(found: list[Exponent]) -> str:
    """One sentence: what the error does with size, for each arm, and whether the arms can be told apart."""
    images = {"real": "real images", "synthetic": "synthetic images alone"}
    parts = [
        f"as size^{words.slope(fit.slope).estimate} with {images[fit.arm]}"
        if fit.slope.estimate < 0
        else f"not at all with {images[fit.arm]} (slope {words.slope(fit.slope).estimate})"
        for fit in found
    ]
    by_arm = {fit.arm: fit.slope for fit in found}
    verdict = _told_apart(by_arm["real"], by_arm["synthetic"]) if len(by_arm) == 2 else ""
    return f"The test error (1 − metric) falls {words.listed(parts)}.{verdict}"


def _told_apart(real: Interval, synthetic: Interval) -> str:
    if None in (real.low, real.high, synthetic.low, synthetic.high):
        return ""
    if real.high is not None and synthetic.low is not None and synthetic.low > real.high:
        return " More real images help more than as many times more synthetic ones."
    if real.low is not None and synthetic.high is not None and synthetic.high < real.low:
        return " Here more synthetic images help more than as many times more real ones."
    return " The two slopes cannot be told apart."


def _exponents(found: list[Exponent]) -> Table:
    halved = [2**fit.slope.estimate for fit in found]
    return Table(
        caption="Slope of ln(error) against ln(size)",
        align="lrrl",
        head=("arm", "slope [95 %]", "error after doubling", "sizes measured"),
        rows=tuple(
            (
                "real" if fit.arm == "real" else "synthetic only",
                str(words.slope(fit.slope)),
                f"× {words.number(factor, 2)}",
                ", ".join(words.number(n) for n in fit.sizes),
            )
            for fit, factor in zip(found, halved, strict=True)
        ),
        note="A slope from two or three sizes is a line through little; a floor of the error flattens any slope."
        if any(len(fit.sizes) < 4 for fit in found)
        else "A floor of the error, below which no number of images gets, flattens any slope.",
    )
