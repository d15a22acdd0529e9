"""report.html: one file that asks for nothing, under a policy that would refuse it."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources

from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from gda_bench.report import content, palette, words
from gda_bench.report.blocks import Page
from gda_bench.report.figures import chart, draw, svg
from gda_bench.report.model import Report


def to_html(
    report: Report,
    page: Page | None = None,
    *,
    wide: dict[str, str] | None = None,
    home: tuple[str, str] | None = None,
) -> str:
    """The report as one HTML file, for light, dark, paper and a phone. page, wide: its page and its charts, if they are
    made already. home: the relative address and the name of the site that it is a page of."""
    page = page or content.page(report)
    css = palette.css_variables() + rules()
    text = (
        _templates()
        .get_template("report.html.j2")
        .render(
            page=page,
            home=home,
            css=Markup(css),  # ours, from the package
            policy=f"default-src 'none'; img-src data:; style-src '{_hash(css)}'; base-uri 'none'; form-action 'none'",
            wide=_inlined(draw.charts(report, page, width=chart.WIDE) if wide is None else wide),
            narrow=_inlined(draw.charts(report, page, width=chart.NARROW)),
        )
    )
    return text.lstrip()


def templates(*more: BaseLoader) -> Environment:
    """Where everything is text unless it says otherwise, and nothing may be missing. more: looked in first."""
    found = Environment(
        loader=ChoiceLoader([*more, PackageLoader("gda_bench.report", "templates")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["linked"] = _linked
    return found


@cache
def _templates() -> Environment:
    """Those of reports, translated once for a site of many."""
    return templates()


def rules() -> str:
    """The style of reports, which takes its colours from the palette's variables."""
    return resources.files("gda_bench.report").joinpath("templates/report.css").read_text(encoding="utf-8")


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
