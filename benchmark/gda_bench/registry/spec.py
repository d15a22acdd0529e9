"""A component as data: its name, where it lives, and every parameter bound. Specs cross process borders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gda_bench.errors import UserError
from gda_bench.isolation import Isolation
from gda_bench.keys import file_digest, own_name
from gda_bench.registry.catalog import Kind
from gda_bench.registry.load import file_of, load_target


@dataclass(frozen=True, slots=True)
class ComponentSpec:
    """Enough to build the component anywhere. params: every constructor parameter, defaults included.

    content: sha256 of the file that a classifier starts from, by the parameter that names it.
    defaults: the constructor's. facts: what a generator declares: `track`, `needs_held_out`, `weights`,
    `other_images`, `quick`, `doc`; what a classifier does: `starts_from`, `later`; what a task does: `places`.
    typed: the parameters as somebody gave them.
    """

    kind: Kind
    name: str
    target: str
    version: int
    params: Mapping[str, Any] = field(default_factory=dict)
    file_digest: str | None = None
    content: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    facts: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    typed: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def create(self) -> Any:
        """A fresh instance, in this process: of a generator whose code is not ours, in a locked child alone."""
        return load_target(self.target)(**self.params)

    def identity(self) -> dict[str, Any]:
        """What of it can change a result: part of every key. A local file counts by its content, not its path."""
        if self.file_digest:
            where = {"file": self.file_digest, "attribute": self.target.rpartition(":")[2]}
        else:
            where = {"target": self.target}
        # a parameter that came later must not re-key the work that was done before it
        later = {key for key in self.facts.get("later", ()) if self.params[key] == self.defaults[key]}
        aside = {*later, *self.facts.get("places", ())}
        params = {key: value for key, value in self.params.items() if key not in aside}
        params |= {key: f"sha256:{digest}" for key, digest in self.content.items()}
        return {**where, "version": self.version, "params": params}

    def as_dict(self) -> dict[str, Any]:
        """What the report stores: of a path, its last part."""
        local = {*self.facts.get("places", ()), *self.content}
        return {
            "name": self.name,
            "version": self.version,
            "params": {key: own_name(value) if key in local else value for key, value in self.params.items()},
            "file_digest": self.file_digest,
        }


def split_spec(text: str) -> tuple[str, dict[str, Any]]:
    """`name:key=value,key=value` to (name, {key: value}); `path/file.py:Class:key=value` keeps `file.py:Class` whole.

    Values are YAML scalars (5, 0.1, true, null, word) or flow lists ([1, 2]).
    """
    import yaml  # not at the top: a list of names parses none

    head, colon, rest = text.partition(":")
    if head.endswith(".py") and colon:
        attribute, _, rest = rest.partition(":")
        head = f"{head}:{attribute}"
    if not head:
        raise UserError(f"{text!r}: a name must come first, as in edm:steps=400")
    params: dict[str, Any] = {}
    for item in _split_commas(rest):
        key, equals, value = item.partition("=")
        key = key.strip()
        if not equals or not key.isidentifier():
            raise UserError(f"{text}: {item!r} is not key=value; write {head}:key=value,key=value")
        if key in params:
            raise UserError(f"{text}: {key} is given twice")
        try:
            params[key] = yaml.safe_load(value) if value.strip() else ""
        except yaml.YAMLError:
            raise UserError(f"{text}: the value of {key} is not readable: {value}") from None
    return head, params


def bind(
    kind: Kind, name: str, target: str, params: Mapping[str, Any], isolation: Isolation | None = None
) -> ComponentSpec:
    """The component with all parameters bound; raises UserError where it cannot be loaded or refuses one.

    isolation: how a child is kept that loads a foreign generator.
    """
    from gda_bench.registry.describe import describe

    known = describe(kind, name, target, params, isolation or Isolation())
    path = file_of(target)
    content = _content(known.params, known.facts) if kind == "classifiers" else {}
    return ComponentSpec(
        kind, name, target, known.version, known.params, file_digest(path) if path else None, content,
        known.defaults, known.facts, dict(params),
    )  # fmt: skip


def _content(params: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, str]:
    """The digest of the file that a classifier starts from, by the parameter that names it."""
    named = {key: Path(value).expanduser() for key, value in params.items() if value and value == facts["starts_from"]}
    return {key: file_digest(path) for key, path in named.items() if path.is_file()}


def _split_commas(text: str) -> list[str]:
    """Split at commas outside brackets."""
    items, depth, start = [], 0, 0
    for i, char in enumerate(text):
        depth += (char in "[{") - (char in "]}")
        if char == "," and depth == 0:
            items.append(text[start:i])
            start = i + 1
    items.append(text[start:])
    return items if text.strip() else []
