"""Words of a submission inside our own sentences."""

from __future__ import annotations

MOST: int = 48


def quoted(text: str) -> str:
    """A foreign text as one short word: printable ASCII, cut, in quotes."""
    shown = ascii(text)
    return shown if len(shown) <= MOST else f"{shown[: MOST - 4]}...'"


def shown(text: str) -> str:
    """A foreign text as it is, where it is short and printable ASCII; else as `quoted`."""
    return text if len(text) <= 4 * MOST and text.isascii() and text.isprintable() else quoted(text)


def more(count: int) -> str:
    """` (and N more)`, or nothing."""
    return f" (and {count:,} more)" if count > 0 else ""
