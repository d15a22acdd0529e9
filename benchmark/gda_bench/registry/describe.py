"""What the engine must know of a component before it runs it, as plain data.

A generator's code is not ours, unless it ships with the project: it is loaded in a child process that is locked away,
here as everywhere, so that importing it can neither read the test split nor change the engine.
"""

from __future__ import annotations

import inspect
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from gda_bench.errors import UserError, nearest
from gda_bench.isolation import Isolation, IsolationError
from gda_bench.isolation.paths import all_but_code, package_folders, weight_files
from gda_bench.registry.catalog import BUILTIN, KINDS, Kind
from gda_bench.registry.load import file_of, load_target

if TYPE_CHECKING:  # pydantic is not loaded to list names
    from gda_bench.registry.description import Description

LIBRARIES = ("numpy", "scipy", "sklearn", "PIL", "torch", "torchvision", "timm", "diffusers", "monai")
HEAVY = re.compile(rf"^\s*(?:import|from)\s+((?:{'|'.join(LIBRARIES)})\b|gda_generators(?:\.\w+)*)", re.MULTILINE)
"""An import of what takes seconds to load: libraries, and modules of generators of ours."""


def is_foreign(kind: Kind, target: str) -> bool:
    """Whether a component's code may only be loaded in a child: a generator's that does not ship with the project."""
    return kind == "generators" and all(entry.target != target for entry in BUILTIN[kind].values())


def code_of(target: str) -> list[Path]:
    """The file, or the folders of the package, that hold a foreign target's code."""
    path = file_of(target)
    return [path] if path else package_folders(target.partition(":")[0].partition(".")[0])


def libraries_of(target: str) -> list[str]:
    """Trusted modules that take seconds to load and that a generator needs: its own where it is one of ours, and what
    its code names, at its head or in a function, itself or through ours. Loaded once for all its children."""
    named = _named_by(target) if is_foreign("generators", target) else {target.partition(":")[0]}
    found: set[str] = set()
    while named:
        found |= named
        named = _heavy_in(_our_files(named)) - found
    return sorted(found)


def _named_by(target: str) -> set[str]:
    """Those that a foreign target's code names itself, which is all that telling its parameters may need."""
    return _heavy_in(path for code in code_of(target) for path in ([code] if code.is_file() else code.rglob("*.py")))


def _heavy_in(files: Iterable[Path]) -> set[str]:
    return {name for path in files for name in HEAVY.findall(path.read_text(encoding="utf-8", errors="replace"))}


def _our_files(modules: Iterable[str]) -> list[Path]:
    """The code of those among the modules that are no library."""
    found = []
    for module in set(modules).difference(LIBRARIES):
        for root in package_folders(module.partition(".")[0]):
            place = root.parent.joinpath(*module.split("."))
            found += [place / "__init__.py", place.with_suffix(".py")]
    return [path for path in found if path.is_file()]


def describe(kind: Kind, name: str, target: str, params: Mapping[str, Any], isolation: Isolation) -> Description:
    """Raises UserError where the component cannot be loaded, or refuses a parameter."""
    from pydantic import ValidationError

    from gda_bench.registry.description import Description, Facts

    if not is_foreign(kind, target):
        return Description(**described(kind, name, target, params))
    arguments = {"kind": kind, "name": name, "target": target, "params": dict(params)}
    told = _in_child("describe_in_child", arguments, isolation)
    try:
        found = Description.model_validate(told)
        Facts.model_validate(found.facts)
    except ValidationError:
        raise UserError(f"generator {target} cannot be loaded: its answer is damaged") from None
    return found


def unsupported(
    kind: Kind, target: str, params: Mapping[str, Any], info: Mapping[str, Any], isolation: Isolation
) -> str | None:
    """None, or the reason why the component cannot serve the task. info: TaskInfo as plain data."""
    if not is_foreign(kind, target):
        return reason_against(target, params, info)
    found = _in_child("unsupported_in_child", {"target": target, "params": dict(params), "info": dict(info)}, isolation)
    return None if found is None else str(found)


def summary_of(kind: Kind, target: str) -> str:
    """The first line of what a component says of itself."""
    if is_foreign(kind, target):
        return str(_in_child("summary_in_child", {"target": target}, Isolation()))
    return next(iter((load_target(target).__doc__ or "").strip().splitlines()), "")


def kind_of(name: str) -> Kind:
    """The kind of component that a name or `file.py:Class` is. Raises UserError where it is none, or more than one."""
    from gda_bench.registry.resolve import names

    if ".py:" in name:
        path, _, attribute = name.rpartition(":")
        target = f"{Path(path).resolve()}:{attribute}"
        told = _in_child("kinds_in_child", {"target": target}, Isolation())
        found: list[Kind] = [kind for kind in KINDS if isinstance(told, list) and kind in told]
    else:
        found = [kind for kind in KINDS if name in names(kind)]
    if len(found) == 1:
        return found[0]
    if not found:
        known = {known for kind in KINDS for known in names(kind)}
        raise UserError(f"{name!r} is no component: {nearest(name, known)}")
    raise UserError(f"{name!r} is the name of {' and of '.join(f'one of the {kind}' for kind in found)}")


def described(kind: Kind, name: str, target: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """As `describe`, in this process."""
    cls = load_target(target)
    bound = _bind(kind, name, cls, params)
    # a constructor may refuse a value that its type admits; that must be heard before any cell runs
    try:
        component = cls(**bound)
    except ValueError as error:
        raise UserError(f"{kind[:-1]} {name}: {error}") from None
    defaults = {key: _plain(p.default) for key, p in inspect.signature(cls).parameters.items() if key in bound}
    facts: dict[str, Any] = {}
    if kind == "generators":
        facts = {
            # an instance's own, where its user declares another than the class does
            "track": component.track,
            "open_class": cls.track == "open",
            "needs_held_out": cls.needs_held_out,
            "weights": {key: asdict(weights) for key, weights in component.weights().items()},
            "other_images": component.other_images(),
            "quick": dict(cls.quick),
            "doc": inspect.cleandoc(cls.__doc__ or ""),
        }
    elif kind == "classifiers":
        weights = component.starts_from()
        facts = {"starts_from": weights and weights.source, "later": sorted(component.later)}
    elif kind == "tasks":
        facts = {"places": sorted(component.places)}
    return {"params": bound, "version": component.version, "defaults": defaults, "facts": facts}


def reason_against(target: str, params: Mapping[str, Any], info: Mapping[str, Any]) -> str | None:
    """As `unsupported`, in this process."""
    from gda_bench.api import TaskInfo

    found: str | None = load_target(target)(**params).supports(TaskInfo.from_dict(info))
    return found


def describe_in_child(arguments: dict[str, Any], out: Path, progress: Callable[[float], None]) -> dict[str, Any]:
    """`described`, with a refusal as data."""
    return _heard(lambda: described(**arguments))


def unsupported_in_child(arguments: dict[str, Any], out: Path, progress: Callable[[float], None]) -> dict[str, Any]:
    """`reason_against`, with a refusal as data."""
    return _heard(lambda: reason_against(**arguments))


def summary_in_child(arguments: dict[str, Any], out: Path, progress: Callable[[float], None]) -> dict[str, Any]:
    """`summary_of`, with a refusal as data."""
    return _heard(lambda: summary_of("tasks", arguments["target"]))  # no kind is foreign to itself


def kinds_in_child(arguments: dict[str, Any], out: Path, progress: Callable[[float], None]) -> dict[str, Any]:
    """The kinds of which a class is one, with a refusal as data."""
    from gda_bench import api

    bases: dict[Kind, type] = {
        "tasks": api.Task, "generators": api.Generator, "classifiers": api.Classifier, "protocols": api.Protocol,
        "filters": api.Filter,
    }  # fmt: skip

    def kinds() -> list[Kind]:
        cls = load_target(arguments["target"])
        return [kind for kind, base in bases.items() if inspect.isclass(cls) and issubclass(cls, base)]

    return _heard(kinds)


def _heard(function: Callable[[], Any]) -> dict[str, Any]:
    try:
        return {"value": function()}
    except UserError as error:
        return {"refused": str(error)}


def _in_child(function: str, arguments: dict[str, Any], isolation: Isolation) -> Any:
    target = arguments["target"]
    path = file_of(target)
    if path and not path.is_file():
        raise UserError(f"{path} is not a file; a local plugin is written ./file.py:Class")
    with tempfile.TemporaryDirectory(prefix="gda-bench-") as folder:
        try:
            answer = isolation.call(
                f"{__name__}:{function}",
                arguments,
                Path(folder),
                given=code_of(target),
                # what it answers comes back to it as parameters: here, too, it learns from nothing
                hidden=[*weight_files(), *all_but_code(code_of(target))],
                preload=[__name__, *sorted(_named_by(target))],
            ).value
        except IsolationError as error:
            raise UserError(f"generator {target} cannot be loaded: {error}") from None
    if not isinstance(answer, dict):
        raise UserError(f"generator {target} cannot be loaded: its answer is damaged")
    if "refused" in answer:
        raise UserError(str(answer["refused"]))
    return answer.get("value")


def _bind(kind: Kind, name: str, cls: Any, params: Mapping[str, Any]) -> dict[str, Any]:
    """Every parameter of the constructor, judged by its annotation, in JSON types."""
    from pydantic import ConfigDict, TypeAdapter, ValidationError

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
    return bound


def _plain(default: Any) -> Any:
    """A default in JSON types; a parameter without one has none."""
    if default is inspect.Parameter.empty:
        return None
    return list(default) if isinstance(default, tuple) else default
