"""SVG text that is safe and small: known elements and presentation attributes only, and colours that follow a page."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import altair as alt
import vl_convert
from altair.utils import schemapi

from gda_bench.report import palette

NAMESPACE = "http://www.w3.org/2000/svg"
ELEMENTS = frozenset({"svg", "g", "path", "rect", "line", "text", "tspan", "image"})
PLACE = {"width", "height", "viewBox", "transform", "d", "x", "y", "x1", "x2", "y1", "y2", "preserveAspectRatio"}
PAINT = {"fill", "opacity", "display", "href", "image-rendering"}
LINE = {"stroke", *(f"stroke-{part}" for part in ("width", "dasharray", "linecap", "linejoin", "miterlimit"))}
TEXT = {"text-anchor", "dominant-baseline", *(f"font-{part}" for part in ("family", "size", "style", "weight"))}
ATTRIBUTES = frozenset(PLACE | PAINT | LINE | TEXT)
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
DEFAULTS = frozenset(
    {("opacity", "1"), ("stroke-width", "1"), ("transform", "translate(0,0)"), ("font-family", FONT)}
    | {("x2", "0"), ("y2", "0"), ("font-weight", "normal"), ("text-anchor", "start"), ("stroke-dasharray", "")}
)

ElementTree.register_namespace("", NAMESPACE)


def from_chart(chart: dict[str, Any], alt_text: str, *, width: int) -> str:
    """The chart as SVG, without script, style or request.

    Its width is as given: what Vega measures depends on the fonts of the machine that draws, not of the one that shows.
    """
    version = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    if schemapi.DEBUG_MODE:
        schemapi.validate_jsonschema(chart, alt.load_schema())
    drawn = vl_convert.vegalite_to_svg(chart, vl_version=version)
    root = ElementTree.fromstring(drawn)
    _strip(root)
    root.set("font-family", FONT)  # once for all its texts
    height = root.get("height", "0")
    root.set("width", str(width))
    root.set("viewBox", f"0 0 {width} {height}")
    for paper in root.findall(f"{{{NAMESPACE}}}rect"):
        paper.set("width", str(width))
    return to_text(root, alt_text)


def to_text(root: ElementTree.Element, alt_text: str) -> str:
    """One picture to a screen reader, named by `alt_text`."""
    root.set("role", "img")
    root.set("aria-label", alt_text)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def themed(svg: str) -> str:
    """The figure for a page that defines the palette's variables: every colour of the palette becomes one."""
    roles = {colour.light: colour.role for colour in palette.ALL}

    def variable(match: re.Match[str]) -> str:
        role = roles.get(match[2].lower())
        return f'{match[1]}="var(--c-{role}, {match[2]})"' if role else match[0]

    return re.sub(r'(fill|stroke)="(#[0-9a-fA-F]{6})"', variable, svg)


def _strip(element: ElementTree.Element) -> None:
    """Drop what a picture does not need: roles, labels and classes inside it, empty texts, invisible paths, what is so
    by default, groups of nothing or for nothing, and more than a tenth of a pixel."""
    element.attrib = {
        k: _rounded(v) if k in PLACE else v
        for k, v in element.attrib.items()
        if k in ATTRIBUTES and (k, v) not in DEFAULTS
    }
    kept: list[ElementTree.Element] = []
    for child in filter(_is_wanted, list(element)):
        _strip(child)
        is_group = child.tag == f"{{{NAMESPACE}}}g"
        kept += list(child) if is_group and not child.attrib else [child] if len(child) or not is_group else []
    element[:] = kept


def _rounded(value: str) -> str:
    return re.sub(r"-?\d+\.\d+", lambda match: f"{round(float(match[0]), 1) + 0.0:g}", value)


def _is_wanted(element: ElementTree.Element) -> bool:
    name = element.tag.removeprefix(f"{{{NAMESPACE}}}")
    if name not in ELEMENTS or element.get("display") == "none":
        return False
    if name == "text":
        return element.get("opacity") != "0" and any(element.itertext())
    return name != "path" or (bool(element.get("d")) and element.get("class") not in ("background", "foreground"))
