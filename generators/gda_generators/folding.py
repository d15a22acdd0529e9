"""How many pixels side by side a network takes as one position: what bounds the time of a step."""

from __future__ import annotations


def check_grid(grid: int | None) -> None:
    """Raises ValueError on fewer positions than one."""
    if grid is not None and grid < 1:
        raise ValueError(f"grid={grid} must be at least 1")


def fold_to(grid: int | None, side: int, *, least: int = 1) -> int:
    """The smallest `least` x 2^k that leaves at most `grid` positions of `side` pixels; None sets no bound."""
    fold = least
    while grid and -(-side // fold) > grid:
        fold *= 2
    return fold
