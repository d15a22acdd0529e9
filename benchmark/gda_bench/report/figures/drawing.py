"""Pictures that have no axis, put together shape by shape: a charting library would only pass the shapes on."""

from __future__ import annotations

from xml.etree import ElementTree

from gda_bench.report import palette
from gda_bench.report.figures.svg import FONT, NAMESPACE


def picture(width: float, height: float) -> ElementTree.Element:
    """An empty sheet of paper of this many pixels."""
    size = {"width": f"{width:g}", "height": f"{height:g}"}
    look = {"viewBox": f"0 0 {width:g} {height:g}", "font-family": FONT}
    root = ElementTree.Element(f"{{{NAMESPACE}}}svg", {**size, **look})
    add(root, "rect", **size, fill=palette.PAPER.light)
    return root


def add(parent: ElementTree.Element, name: str, **attributes: object) -> ElementTree.Element:
    """A shape; `stroke_width` stands for stroke-width, and so on."""
    named = {key.replace("_", "-"): _short(value) for key, value in attributes.items()}
    return ElementTree.SubElement(parent, f"{{{NAMESPACE}}}{name}", named)


def write(
    parent: ElementTree.Element, text: str, x: float, y: float, *, weight: str = "normal", size: int = 12
) -> None:
    """Text that begins at x, its middle at the height of y."""
    look = {"font_size": size, "font_weight": weight, "fill": palette.INK.light, "dominant_baseline": "middle"}
    add(parent, "text", x=x, y=y, **look).text = text


def _short(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
