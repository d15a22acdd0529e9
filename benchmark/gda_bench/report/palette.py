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

ALL = (REAL, MIX, SYNTHETIC, COPY, ORACLE, INK, SOFT, GRID, PAPER)
OF_ARM = {colour.role: colour for colour in (REAL, MIX, SYNTHETIC, COPY, ORACLE)}


def css_variables() -> str:
    """`:root` rules: light, and dark on a screen that asks for it; paper prints light."""
    light = "".join(f"--c-{colour.role}:{colour.light};" for colour in ALL)
    dark = "".join(f"--c-{colour.role}:{colour.dark};" for colour in ALL)
    return f":root{{{light}}}\n@media screen and (prefers-color-scheme: dark){{:root{{{dark}}}}}\n"
