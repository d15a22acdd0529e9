"""The two ways in which a person is told that something cannot go on."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails


class UserError(Exception):
    """Bad input. The message is one line: what is wrong, where, and what to do; the CLI exits with 2.

    It often quotes what was given, which may hold anything: line ends and what moves a terminal's cursor are shown by
    their codes.
    """

    def __init__(self, message: str) -> None:
        super().__init__("".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in message))


class DataMissingError(UserError):
    """The data of a task are not on this machine and may not, or could not, be fetched."""


def first_problem(error: ValidationError) -> ErrorDetails:
    """The one to tell: a name that nobody knows, which is most often why another is missing, or else the first."""
    problems = error.errors()
    return next((problem for problem in problems if problem["type"] == "extra_forbidden"), problems[0])


def nearest(word: str, known: Iterable[str]) -> str:
    """A clause that offers the names nearest to `word`, or all of them where none is near."""
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=3, cutoff=0.5)
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"known: {', '.join(names)}" if names else "none is known"
