"""The colours of report and figures: after Okabe and Ito, told apart by colour-blind eyes, each in light and dark.

Figures hold the light hex; inlined in HTML each becomes a CSS variable, so that a figure follows the page.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Colour:
    role: str
    light: str
    dark: str


REAL = Colour("real", "#0072b2", "#5ab4f0")
MIX = Colour("mix", "#d55e00", "#ff9248")
SYNTHETIC = Colour("synthetic", "#00805e", "#3fcf9f")
COPY = Colour("copy", "#6c7078", "#a9adb5")
ORACLE = Colour("oracle", "#a2458a", "#e58fc6")
INK = Colour("ink", "#1d1f23", "#e9e9e7")
SOFT = Colour("soft", "#595f68", "#a8aeb7")
GRID = Colour("grid", "#e4e5e8", "#30343a")
PAPER = Colour("paper", "#ffffff", "#16181c")

PANEL = Colour("panel", "#f5f6f7", "#1e2126")
LINE = Colour("line", "#d9dce0", "#383d44")
GOOD = Colour("good", "#0b6b3a", "#6fd39d")
BAD = Colour("bad", "#a11d1d", "#ff9c90")
OPEN = Colour("open", "#4d535c", "#b9bfc8")
BEYOND = Colour("beyond", "#0b5c94", "#86c8f7")

ALL = (REAL, MIX, SYNTHETIC, COPY, ORACLE, INK, SOFT, GRID, PAPER, PANEL, LINE, GOOD, BAD, OPEN, BEYOND)
OF_ARM = {colour.role: colour for colour in (REAL, MIX, SYNTHETIC, COPY, ORACLE)}


def css_variables(*, switch: bool = False) -> str:
    """`:root` rules: light, and dark on a screen that asks for it; paper prints light. switch: let the page's own
    `data-theme`, light or dark, overrule what is asked for."""
    light, dark = (
        f"color-scheme:{scheme};" + "".join(f"--c-{colour.role}:{getattr(colour, scheme)};" for colour in ALL)
        for scheme in ("light", "dark")
    )
    system = ":root:not([data-theme=light])" if switch else ":root"
    asked = f"@media screen{{:root[data-theme=dark]{{{dark}}}}}\n" if switch else ""
    return f":root{{{light}}}\n@media screen and (prefers-color-scheme: dark){{{system}{{{dark}}}}}\n{asked}"
