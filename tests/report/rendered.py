"""Renderings that several tests look at, each made once."""

from __future__ import annotations

from functools import cache
from html.parser import HTMLParser
from xml.etree import ElementTree

from report_variants import VARIANTS

from gda_bench.report.blocks import Section, Table, Text
from gda_bench.report.figures.draw import all_figures
from gda_bench.report.html import to_html
from gda_bench.report.model import Report

VOID = {"meta", "link", "img", "br", "hr", "input"}


@cache
def report(name: str) -> Report:
    return VARIANTS[name]()


@cache
def figures(name: str) -> dict[str, str]:
    return all_figures(report(name))


SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str]:
    return ["".join(element.itertext()) for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def tables(section: Section | None) -> list[Table]:
    return [block for block in section.blocks if isinstance(block, Table)] if section else []


def said(section: Section | None) -> str:
    """The sentences of a section."""
    return " ".join(block.text for block in section.blocks if isinstance(block, Text)) if section else ""


@cache
def html(name: str) -> str:
    return to_html(report(name))


class Page(HTMLParser):
    """Every element of a page with its attributes, and its text; refuses tags that do not nest."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, names)
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.open[-1] if self.open else "", " ".join(data.split())))

    def of(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        return " ".join(text for tag, text in self.texts if tag != "style")


@cache
def page(name: str) -> Page:
    return Page(html(name))
