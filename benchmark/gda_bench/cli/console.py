"""Where text goes: results to stdout, everything else to stderr."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console

out = Console(highlight=False, soft_wrap=False)
err = Console(stderr=True, highlight=False)


def print_json(document: Any) -> None:
    """One JSON document on stdout, unstyled whatever the terminal."""
    print(json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False, default=str))


def seconds(value: float) -> str:
    """A duration as people say it."""
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
