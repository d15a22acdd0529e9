"""What is wrong with many files, said in one line: the first ten by name, and how many more there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gda_bench.api import UserError

SHOWN = 10


class UnusableError(Exception):
    """Why one file cannot be used, in words that follow its name."""


@contextmanager
def reading(failure: str) -> Iterator[None]:
    """Within, whatever a parser raises at damaged bytes becomes UnusableError, with words that begin with `failure`."""
    try:
        yield
    except (UnusableError, UserError):
        raise
    except Exception as error:  # there is nothing that some parser does not raise
        raise UnusableError(f"{failure}: {error}") from error


class Problems:
    """Collects; raises once, so that a person learns of all at a time."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._found: list[str] = []

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, problem: str) -> None:
        """One more, on one line whatever it quotes."""
        self._found.append(" ".join(problem.split()))

    def check(self) -> None:
        """Raises UserError where there are any."""
        if not self:
            return
        more = len(self._found) - SHOWN
        shown = "; ".join(self._found[:SHOWN]) + (f"; and {more:,} more" if more > 0 else "")
        count = f"{len(self._found):,} problems: " if len(self._found) > 1 else ""
        raise UserError(f"{self._where}: {count}{shown}")
