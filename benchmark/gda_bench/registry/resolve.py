"""One resolver, three doors: a built-in name, an entry point `gda_bench.<kind>`, or `./file.py:Class`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from gda_bench.errors import UserError, nearest
from gda_bench.isolation import Isolation
from gda_bench.registry.catalog import BUILTIN, GROUPS, Entry, Kind
from gda_bench.registry.describe import summary_of
from gda_bench.registry.spec import ComponentSpec, bind, split_spec


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of `list`. door: `built-in` or the distribution that registers the name. error: why it is broken."""

    name: str
    summary: str
    door: str
    error: str | None = None


def resolve(
    kind: Kind,
    text: str,
    defaults: Mapping[str, Mapping[str, Any]] | None = None,
    isolation: Isolation | None = None,
) -> ComponentSpec:
    """The component that `name:key=value,...` names, with all parameters bound.

    defaults: parameters by component name that a profile sets; what the text says goes before them.
    isolation: see bind.
    Raises UserError with the nearest names where nothing, or more than one thing, has the name.
    """
    name, params = split_spec(text)
    if ".py:" in name:
        path, _, attribute = name.rpartition(":")
        return bind(kind, attribute, f"{Path(path).resolve()}:{attribute}", params, isolation)
    entry = find(kind, name)
    for key in params.keys() & entry.preset.keys():
        raise UserError(f"{kind[:-1]} {name}: {key} is fixed by the name")
    return bind(kind, name, entry.target, {**(defaults or {}).get(name, {}), **params, **entry.preset}, isolation)


def find(kind: Kind, name: str) -> Entry:
    """The entry of a name, built-in or registered."""
    found = [Entry(point.value, "") for point in _points(kind) if point.name == name]
    owners = [_owner(point) for point in _points(kind) if point.name == name]
    if name in BUILTIN[kind]:
        found.append(BUILTIN[kind][name])
        owners.append("gda-bench itself")
    if len(found) > 1:
        raise UserError(f"{kind[:-1]} {name!r} is registered twice, by {' and by '.join(owners)}; remove one")
    if not found:
        known = {*names(kind), *(GROUPS if kind == "tasks" else ())}
        raise UserError(f"unknown {kind[:-1]} {name!r}: {nearest(name, known)}")
    return found[0]


def names(kind: Kind) -> list[str]:
    """Every name of a kind, built-in or registered; nothing is loaded."""
    return [*BUILTIN[kind], *(point.name for point in _points(kind))]


def expand_group(text: str) -> list[str]:
    """A comma list of tasks and groups to single task texts; `medmnist:size=64` gives its parameters to each member.

    A comma also parts parameters, so an item that holds `=` and no `:` goes on with the item before it.
    """
    items: list[str] = []
    for piece in filter(None, (p.strip() for p in text.split(","))):
        if items and "=" in piece and ":" not in piece.partition("=")[0]:
            items[-1] += f",{piece}"
        else:
            items.append(piece)
    tasks: list[str] = []
    for item in items:
        name, colon, rest = item.partition(":")
        tasks += [f"{member}{colon}{rest}" for member in GROUPS.get(name, (name,))]
    return tasks


def listed(kind: Kind) -> list[Listed]:
    """Every name of a kind. Built-ins are not imported; a plugin is, so that a broken one shows its error."""
    rows = [Listed(name, entry.summary, "built-in") for name, entry in BUILTIN[kind].items()]
    if kind == "tasks":
        rows += [Listed(name, f"group of {len(members)} tasks", "built-in") for name, members in GROUPS.items()]
    for point in _points(kind):
        error = f"the name is taken by a built-in {kind[:-1]}" if point.name in BUILTIN[kind] else None
        summary = ""
        try:
            summary = summary_of(kind, point.value)
        except UserError as problem:
            error = str(problem)
        rows.append(Listed(point.name, summary, _owner(point), error))
    return rows


def _points(kind: Kind) -> tuple[EntryPoint, ...]:
    return _registered(tuple(sys.path), kind)


@cache
def _registered(path: tuple[str, ...], kind: Kind) -> tuple[EntryPoint, ...]:
    """What the distributions on the path register; every one's file is read for it, so once a process."""
    return tuple(entry_points(group=f"gda_bench.{kind}"))


def _owner(point: EntryPoint) -> str:
    return point.dist.name if point.dist else point.value
