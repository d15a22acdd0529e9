"""The pieces that a page is made of, each as text: the HTML and the Markdown hold the same ones in the same order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias


@dataclass(frozen=True, slots=True)
class Text:
    kind: ClassVar[str] = "text"
    text: str


@dataclass(frozen=True, slots=True)
class Points:
    """A short list."""

    kind: ClassVar[str] = "points"
    title: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`align` has one letter a column, `l` or `r`; the first column names the row. `strong` rows stand out."""

    kind: ClassVar[str] = "table"
    caption: str
    align: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    strong: frozenset[int] = frozenset()
    note: str = ""


def filled(
    caption: str,
    align: str,
    head: tuple[str, ...],
    rows: tuple[tuple[str, ...], ...],
    *,
    strong: frozenset[int] = frozenset(),
    note: str = "",
) -> Table:
    """A table of the columns in which something stands."""
    kept = [i for i in range(len(head)) if i == 0 or any(row[i] for row in rows)]
    return Table(
        caption=caption,
        align="".join(align[i] for i in kept),
        head=tuple(head[i] for i in kept),
        rows=tuple(tuple(row[i] for i in kept) for row in rows),
        strong=strong,
        note=note,
    )


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawn figure, by the name of its file; `alt` says what a reader would see in it. `title`: none where the
    section's says it already."""

    kind: ClassVar[str] = "figure"
    name: str
    alt: str
    caption: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Tile:
    """A synthetic image and the nearest training image, as data URIs (empty: not a PNG), at their size on a page.
    `name`: its class, where the pairs are not grouped by it. `lines`: of two signals, SVG paths in that size, shown in
    the place of the images."""

    synthetic: str
    nearest: str
    width: int
    height: int
    ratio: str
    copied: bool
    name: str = ""
    lines: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Gallery:
    """Pairs, each group under its heading, or none where that is empty; `figure` names the file that shows the same
    ones, `crisp` images are enlarged pixels."""

    kind: ClassVar[str] = "gallery"
    figure: Figure
    groups: tuple[tuple[str, tuple[Tile, ...]], ...]
    crisp: bool


@dataclass(frozen=True, slots=True)
class Command:
    kind: ClassVar[str] = "command"
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Terms:
    kind: ClassVar[str] = "terms"
    terms: tuple[tuple[str, str], ...]


Block: TypeAlias = Text | Points | Table | Figure | Gallery | Command | Terms


@dataclass(frozen=True, slots=True)
class Section:
    slug: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Headline:
    """One of the numbers in large type."""

    label: str
    value: str
    detail: str


@dataclass(frozen=True, slots=True)
class Page:
    """The report as a reader meets it, top to bottom."""

    question: str
    subject: str
    """Task, generator, classifier."""
    setting: str
    """Under what this was measured, in a line."""
    badge: str
    tone: str
    """established, not-established, harmful, censored or none: the colour of the badge."""
    sentence: str
    alarms: tuple[str, ...]
    """Why nothing here may be believed, or shared; empty where nothing says so."""
    headlines: tuple[Headline, ...]
    sections: tuple[Section, ...]
    footer: str
