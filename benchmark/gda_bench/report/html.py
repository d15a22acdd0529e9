"""report.html: one file that asks for nothing, under a policy that would refuse it."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from gda_bench.report import content, palette, words
from gda_bench.report.figures import chart, draw, svg
from gda_bench.report.model import Report


def to_html(report: Report, wide: dict[str, str] | None = None) -> str:
    """The report as one HTML file, for light, dark, paper and a phone. wide: its charts, if they are drawn already."""
    css = _css()
    templates = Environment(
        loader=PackageLoader("gda_bench.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["linked"] = _linked
    text = templates.get_template("report.html.j2").render(
        page=content.page(report),
        css=Markup(css),  # ours, from the package
        policy=f"default-src 'none'; img-src data:; style-src '{_hash(css)}'; base-uri 'none'; form-action 'none'",
        wide=_inlined(draw.charts(report, width=chart.WIDE) if wide is None else wide),
        narrow=_inlined(draw.charts(report, width=chart.NARROW)),
    )
    return text.lstrip()


def _css() -> str:
    rules = resources.files("gda_bench.report").joinpath("templates/report.css").read_text(encoding="utf-8")
    return palette.css_variables() + rules


def _hash(css: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(css.encode("utf-8")).digest()).decode("ascii")


def _inlined(drawn: dict[str, str]) -> dict[str, Markup]:
    """Figures as they stand in the page: figures.svg let through nothing but shapes and text."""
    return {name: Markup(svg.themed(figure)) for name, figure in drawn.items()}


def _linked(text: str) -> Markup:
    """A link where the whole text is an https address; else the text."""
    if words.is_link(text):
        return Markup('<a href="{0}" rel="noopener noreferrer">{0}</a>').format(text)
    return escape(text)
