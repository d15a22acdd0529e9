"""One promise, and whether it was kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kept = Literal["kept", "broken", "declined"]
"""`declined`: the plugin says, with a reason, that it does not serve such a task."""


@dataclass(frozen=True, slots=True)
class Finding:
    """promise: in words. why: what was seen where it was not kept. seconds: of wall time."""

    promise: str
    kept: Kept
    why: str = ""
    seconds: float = 0.0


class Declined(Exception):  # noqa: N818  (no error: an answer)
    """Raised within a check: the plugin does not serve such a task."""


class Broken(Exception):  # noqa: N818  (no error of ours: a finding)
    """Raised within a check: the promise is not kept."""
