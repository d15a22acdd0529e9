"""A component as data: its name, where it lives, and every parameter bound. Specs cross process borders."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_type_hints

from gda_bench.errors import UserError, nearest
from gda_bench.keys import file_digest
from gda_bench.registry.catalog import Kind


@dataclass(frozen=True, slots=True)
class ComponentSpec:
    """Enough to build the component anywhere. params: every constructor parameter, defaults included."""

    kind: Kind
    name: str
    target: str
    version: int
    params: Mapping[str, Any] = field(default_factory=dict)
    file_digest: str | None = None

    def create(self) -> Any:
        """A fresh instance."""
        return load_target(self.target)(**self.params)

    def identity(self) -> dict[str, Any]:
        """What of it can change a result: part of every key. A local file counts by its content, not its path."""
        if self.file_digest:
            where = {"file": self.file_digest, "attribute": self.target.rpartition(":")[2]}
        else:
            where = {"target": self.target}
        return {**where, "version": self.version, "params": dict(self.params)}

    def as_dict(self) -> dict[str, Any]:
        """What the report stores."""
        return {
            "name": self.name,
            "version": self.version,
            "params": dict(self.params),
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


def bind(kind: Kind, name: str, target: str, params: Mapping[str, Any]) -> ComponentSpec:
    """Import the target and bind the parameters to its constructor, each judged by its annotation."""
    from pydantic import ConfigDict, TypeAdapter, ValidationError

    cls = load_target(target)
    accepted = inspect.signature(cls).parameters
    hints = get_type_hints(cls.__init__)
    for key in params:
        if key not in accepted:
            raise UserError(f"{kind[:-1]} {name} has no parameter {key!r}: {nearest(key, accepted)}")
    bound: dict[str, Any] = {}
    for key, parameter in accepted.items():
        value = params.get(key, parameter.default)
        if value is inspect.Parameter.empty:
            raise UserError(f"{kind[:-1]} {name} needs {key}=: write {name}:{key}=VALUE")
        adapter = TypeAdapter(hints.get(key, Any), config=ConfigDict(allow_inf_nan=False))
        try:
            bound[key] = adapter.dump_python(adapter.validate_python(value), mode="json")
        except ValidationError as error:
            problem = error.errors()[0]["msg"]
            raise UserError(f"{kind[:-1]} {name}: {key}={value}: {problem}") from None
    path = _file_of(target)
    # a constructor may refuse a value that its type admits; that must be heard before any cell runs
    try:
        cls(**bound)
    except ValueError as error:
        raise UserError(f"{kind[:-1]} {name}: {error}") from None
    return ComponentSpec(kind, name, target, cls.version, bound, file_digest(path) if path else None)


def load_target(target: str) -> Any:
    """The attribute that `module:attribute` or `file.py:attribute` names."""
    where, _, attribute = target.rpartition(":")
    path = _file_of(target)
    try:
        module = _load_file(path) if path else importlib.import_module(where)
    except UserError:
        raise
    except Exception as error:
        raise UserError(f"{where} cannot be imported: {type(error).__name__}: {error}") from error
    try:
        return getattr(module, attribute)
    except AttributeError:
        public = [n for n, v in vars(module).items() if inspect.isclass(v) and v.__module__ == module.__name__]
        raise UserError(f"{where} has no {attribute!r}: {nearest(attribute, public)}") from None


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


def _file_of(target: str) -> Path | None:
    where = target.rpartition(":")[0]
    return Path(where) if where.endswith(".py") else None


def _load_file(path: Path) -> Any:
    if not path.is_file():
        raise UserError(f"{path} is not a file; a local plugin is written ./file.py:Class")
    name = f"gda_bench_plugin_{file_digest(path)[:16]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UserError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
