"""The written pages: Markdown to HTML, with formulas as MathML, and no markup but Markdown's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from latex2mathml import converter
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape
from mdit_py_plugins.anchors import anchors_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

from gda_bench.errors import UserError
from gda_bench.report import words

PAGES: Mapping[str, str] = {
    "method": "Method", "guide": "Guide", "faq": "FAQ", "submit": "Submit", "changelog": "Changelog",
}  # fmt: skip
"""By the name of the file, what the navigation calls it."""


@dataclass(frozen=True, slots=True)
class Prose:
    """contents: the second-level headings, as (anchor, text)."""

    name: str
    title: str
    body: Markup
    contents: tuple[tuple[str, str], ...]


def read_pages(folder: Path) -> list[Prose]:
    """Every written page. Raises UserError where one is missing."""
    missing = [name for name in PAGES if not (folder / f"{name}.md").is_file()]
    if missing:
        raise UserError(f"{folder}: the site has no {words.listed([f'{name}.md' for name in missing])}")
    return [prose(name, (folder / f"{name}.md").read_text(encoding="utf-8")) for name in PAGES]


def prose(name: str, text: str) -> Prose:
    """text: Markdown with $formulas$. Its first heading is the page's title."""
    tokens = _markdown().parse(text)
    for token in tokens:
        # the policy lets no style through that stands in the page
        if style := token.attrs.pop("style", None):
            token.attrs["class"] = "r" if str(style).endswith("right") else "l"
    headings = [(token, tokens[i + 1]) for i, token in enumerate(tokens) if token.type == "heading_open"]
    title = next((_plain(inline) for token, inline in headings if token.tag == "h1"), PAGES.get(name, name))
    contents = [(str(token.attrs["id"]), _plain(inline)) for token, inline in headings if token.tag == "h2"]
    return Prose(name, title, Markup(_markdown().renderer.render(tokens, _markdown().options, {})), tuple(contents))


def _plain(inline: Token) -> str:
    return "".join(child.content for child in inline.children or [] if child.type in ("text", "code_inline"))


@cache
def _markdown() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
    parser.use(dollarmath_plugin, renderer=_formula, allow_space=False, allow_digits=False)
    parser.use(anchors_plugin, max_level=3)
    parser.add_render_rule("link_open", _link)
    parser.add_render_rule("image", _no_image)
    # wide ones scroll by themselves, and by the keyboard
    parser.add_render_rule("table_open", _scrolling)
    parser.add_render_rule("table_close", lambda *_: "</table></div>\n")
    parser.add_render_rule("fence", _code)
    return parser


def _formula(text: str, options: dict[str, Any]) -> str:
    try:
        return str(converter.convert(text, display="block" if options.get("display_mode") else "inline"))
    except Exception as error:  # the library's own, of many kinds
        raise UserError(f"a formula cannot be read: ${text}$ ({type(error).__name__})") from None


def _scrolling(self: Any, tokens: list[Token], place: int, options: Any, env: dict[str, int]) -> str:
    named = _counted("table", env)
    return f'<div class="scroll" role="region" aria-label="{named}" tabindex="0"><table class="written">\n'


def _code(self: Any, tokens: list[Token], place: int, options: Any, env: dict[str, int]) -> str:
    content = escape(tokens[place].content)
    named = _counted("code", env)
    return f'<pre class="scroll" role="region" aria-label="{named}" tabindex="0"><code>{content}</code></pre>\n'


def _counted(what: str, env: dict[str, int]) -> str:
    """A name of its own for each, by which a screen reader lists them."""
    env[what] = env.get(what, 0) + 1
    return f"{what} {env[what]}"


def _link(self: Any, tokens: list[Token], place: int, options: Any, env: Any) -> str:
    """Pages of the site, also under their names as files, and https addresses; anything else points nowhere."""
    href = str(tokens[place].attrs.get("href", ""))
    page, mark, anchor = href.partition("#")
    if page.removesuffix(".md") in PAGES:
        tokens[place].attrs["href"] = f"{page.removesuffix('.md')}.html{mark}{anchor}"
    if ":" in page and not words.is_link(href):
        raise UserError(f"a written page links to {href!r}: only https addresses and pages of the site")
    return str(self.renderToken(tokens, place, options, env))


def _no_image(self: Any, tokens: list[Token], place: int, *_: Any) -> str:
    raise UserError(f"a written page shows {tokens[place].attrs.get('src')!r}: written pages hold no pictures")
