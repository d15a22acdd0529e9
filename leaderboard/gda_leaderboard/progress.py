"""Progress on stderr: what is being done and the time that is left, once it takes over two seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 2.0
"""Seconds."""

Step = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""


def unseen(what: str, done: int, of: int) -> None:
    """Where nobody watches."""


@contextmanager
def watched() -> Iterator[Step]:
    """A step that shows the person who waits; nothing where stderr is no terminal."""
    from rich.console import Console

    with Console(stderr=True, highlight=False).status("") as line:
        watch = _Watch()
        yield lambda what, done, of: line.update(watch.said(what, done, of))


class _Watch:
    def __init__(self) -> None:
        self.what, self.since = "", time.monotonic()

    def said(self, what: str, done: int, of: int) -> str:
        """Nothing while it is quick."""
        from gda_bench.report import words

        now = time.monotonic()
        if what != self.what:
            self.what, self.since = what, now
        spent = now - self.since
        if spent < PATIENCE or done == 0:
            return "" if spent < PATIENCE else what
        return f"{what}: {done}/{of}, {words.seconds(spent / done * (of - done))} left"
