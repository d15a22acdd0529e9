"""All figures of a report, by the names of their files."""

from __future__ import annotations

from gda_bench.report import content
from gda_bench.report.figures import chart, equivalence, gain, samples
from gda_bench.report.model import Report


def charts(report: Report, *, width: int = chart.WIDE) -> dict[str, str]:
    """`equivalence` and `gain` as SVG, where there is something to draw."""
    alt = {figure.name: figure.alt for figure in content.figures(content.page(report))}
    drawing = {"equivalence": equivalence.draw, "gain": gain.draw}
    drawn = {name: draw(report, alt[name], width=width) for name, draw in drawing.items() if name in alt}
    return {name: svg for name, svg in drawn.items() if svg}


def all_figures(report: Report) -> dict[str, str]:
    """The charts and `samples`."""
    gallery = [figure for figure in content.figures(content.page(report)) if figure.name == "samples"]
    shown = samples.draw(report, gallery[0].alt) if gallery else None
    return {**charts(report), **({"samples": shown} if shown else {})}
