"""Files as they come to be: something true, with a few things in it that went wrong."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

WORDS = [
    *(
        "",
        " ",
        "\x00",
        "\ufeff",
        "\u202e",
        "é",
        "\n",
        "\r",
        "\t",
        "\\",
        "[",
        "{",
        "}",
        "]",
        '"',
        "'",
        ",",
        ":",
        "=",
        "-",
        "?",
    ),
    *("NaN", "nan", "Infinity", "-1", "1e999", "9" * 400, "null", "true", "&a", "*a", "!!python/object:os.system"),
    *("../..", "%", "#", "|", "<!--"),
]
"""What parsers dislike."""


@st.composite
def damaged_text(draw: st.DrawFn, whole: str) -> str:
    """The text after up to six edits: a piece gone, twice, moved, or overwritten by what parsers dislike."""
    text = whole
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(0, len(text)))
        piece = text[start : start + draw(st.integers(0, 12))]
        rest = text[start + len(piece) :]
        new = draw(st.one_of(st.just(""), st.just(2 * piece), st.sampled_from(WORDS), st.text(max_size=6)))
        text = text[:start] + new + rest
    return text


@st.composite
def damaged_bytes(draw: st.DrawFn, whole: bytes) -> bytes:
    """The bytes after up to six edits, or cut short."""
    content = bytearray(whole)
    for _ in range(draw(st.integers(0, 6))):
        if content:
            content[draw(st.integers(0, len(content) - 1))] = draw(st.sampled_from([0, 1, 0x7F, 0x80, 0xFF, 0x25]))
    start = draw(st.integers(0, len(content)))
    edit = draw(st.sampled_from(["none", "cut", "drop", "repeat"]))
    if edit == "cut":
        del content[start:]
    elif edit == "drop":
        del content[start : start + draw(st.integers(1, 40))]
    elif edit == "repeat":
        content[start:start] = content[start : start + 40]
    return bytes(content)


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(WORDS), st.builds(list), st.builds(dict), st.builds(lambda: [[]]), st.builds(lambda: [None]),
)  # fmt: skip


@st.composite
def damaged_document(draw: st.DrawFn, whole: str) -> str:
    """The JSON text after up to four of its values, at any depth, became others, or went."""
    document = json.loads(whole)
    for _ in range(draw(st.integers(1, 4))):
        place, key = _somewhere(draw, document)
        if draw(st.booleans()) and isinstance(place, dict):
            place.pop(key)
        else:
            place[key] = draw(VALUES)
    return json.dumps(document)


def _somewhere(draw: st.DrawFn, document: Any) -> tuple[Any, Any]:
    """A container within, and one of its keys."""
    place = document
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys))
        inner = place[key]
        if not isinstance(inner, dict | list) or not inner or draw(st.integers(0, 4)) == 0:
            return place, key
        place = inner
