"""A gallery as one picture: synthetic images beside the nearest training image, under headings."""

from __future__ import annotations

from xml.etree import ElementTree

from gda_bench.report import palette
from gda_bench.report.blocks import Gallery, Tile
from gda_bench.report.figures.chart import WIDE, fitting
from gda_bench.report.figures.drawing import add, picture, write
from gda_bench.report.figures.svg import to_text

GAP, BETWEEN, UNDER, MARGIN, NAME = 3, 20, 26, 12, 24
"""Pixels: inside a pair, between pairs, for the ratio, around, for the name of the class."""


def draw(shown: Gallery) -> str:
    """A gallery, of at least one pair, as SVG."""
    groups = shown.groups
    tiles = [tile for _, found in groups for tile in found]
    pair = 2 * max(t.width for t in tiles) + GAP + BETWEEN
    line = max(t.height for t in tiles) + UNDER
    columns = min(max(len(found) for _, found in groups), max(1, (WIDE - 2 * MARGIN) // pair))
    lines = max(1 + (len(found) - 1) // columns for _, found in groups)
    head = NAME if any(name for name, _ in groups) else 0
    block, beside = (
        (pair * columns + BETWEEN, head + line * lines),
        max(1, (WIDE - MARGIN) // (pair * columns + BETWEEN)),
    )
    total = (
        MARGIN + block[0] * min(beside, len(groups)),
        2 * MARGIN + block[1] * (1 + (len(groups) - 1) // beside),
    )
    root = picture(*total)
    for g, (name, found) in enumerate(groups):
        left, top = MARGIN + block[0] * (g % beside), MARGIN + block[1] * (g // beside)
        if name:
            write(root, fitting(name, pair * columns, per=8), left, top + 8, weight="bold", size=13)
        for i, tile in enumerate(found):
            place = left + pair * (i % columns), top + head + line * (i // columns)
            _pair(root, tile, *place, crisp=shown.crisp)
    return to_text(root, shown.figure.alt)


def _pair(root: ElementTree.Element, tile: Tile, left: int, top: int, *, crisp: bool) -> None:
    colour = palette.MIX.light if tile.copied else palette.GRID.light
    lines = tile.lines or ("", "")
    for x, uri, line in ((left, tile.synthetic, lines[0]), (left + tile.width + GAP, tile.nearest, lines[1])):
        if line:
            look = {"fill": "none", "stroke": palette.INK.light, "transform": f"translate({x},{top})"}
            add(root, "path", d=line, **look, stroke_width=1.2)
        if uri:
            image = add(root, "image", x=x, y=top, width=tile.width, height=tile.height, href=uri)
            if crisp:
                image.set("image-rendering", "pixelated")
        thick = 2 if tile.copied else 1
        box = {"x": x, "y": top, "width": tile.width, "height": tile.height, "fill": "none", "stroke": colour}
        add(root, "rect", **box, stroke_width=thick)
    text = f"{tile.ratio} memorised" if tile.copied else tile.ratio
    if tile.name:
        text = f"{fitting(tile.name, 2 * tile.width + GAP + BETWEEN - 7 * len(text))}: {text}"
    write(root, text, left, top + tile.height + 11, weight="bold" if tile.copied else "normal", size=11)
