"""All figures of a report, by the names of their files."""

from __future__ import annotations

from altair.utils.schemapi import debug_mode

from gda_bench.report import content, gallery
from gda_bench.report.blocks import Page
from gda_bench.report.figures import chart, embedding, equivalence, gain, law, samples
from gda_bench.report.model import Report

CHARTS = {"equivalence": equivalence.draw, "law": law.draw, "embedding": embedding.draw, "gain": gain.draw}
NAMES = (*CHARTS, gallery.SAMPLES, gallery.CLOSEST)


def charts(
    report: Report, page: Page | None = None, *, width: int = chart.WIDE, validate: bool = False
) -> dict[str, str]:
    """The charts that the report's page asks for as SVG, where there is something to draw. validate: by the grammar's
    schema."""
    alt = {figure.name: figure.alt for figure in content.figures(page or content.page(report))}
    # each part would be judged by the grammar's schema as it is made, a third of the time: a test does so once
    with debug_mode(validate):
        drawn = {name: draw(report, alt[name], width=width) for name, draw in CHARTS.items() if name in alt}
    return {name: svg for name, svg in drawn.items() if svg}


def all_figures(report: Report, page: Page | None = None) -> dict[str, str]:
    """The charts, and the galleries as pictures."""
    page = page or content.page(report)
    shown = content.galleries(page)
    return {**charts(report, page), **{block.figure.name: samples.draw(block) for block in shown}}
