"""A target to what it names: `module:attribute`, or `file.py:attribute`."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from pathlib import Path
from typing import Any

from gda_bench.errors import UserError, nearest
from gda_bench.keys import file_digest


def load_target(target: str) -> Any:
    """The attribute that `module:attribute` or `file.py:attribute` names."""
    where, _, attribute = target.rpartition(":")
    path = file_of(target)
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


def file_of(target: str) -> Path | None:
    """The file of a local plugin; None for a module."""
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
