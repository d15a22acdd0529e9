"""What the built-in generators are, to hold a report's word against."""

from __future__ import annotations

import inspect
from dataclasses import dataclass

from gda_bench.registry import BUILTIN, load_target


@dataclass(frozen=True, slots=True)
class BuiltinGenerator:
    """version: the newest. track: of its class. parameters: names that its constructor takes."""

    version: int
    track: str
    parameters: frozenset[str]


def builtin_generators() -> frozenset[str]:
    """Their names; nothing is loaded."""
    return frozenset(BUILTIN["generators"])


def builtin_generator(name: str) -> BuiltinGenerator:
    """One of them; its code is loaded, and no instance is made."""
    cls = load_target(BUILTIN["generators"][name].target)
    return BuiltinGenerator(cls.version, cls.track, frozenset(inspect.signature(cls).parameters))
