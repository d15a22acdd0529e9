"""What a person asks for: the options of `run`, from flags, from a YAML file, or from Python."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from platformdirs import user_cache_path
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from gda_bench.errors import UserError, first_problem, nearest
from gda_bench.isolation import Mode
from gda_bench.store import Policy


def default_store() -> Path:
    """$GDA_BENCH_STORE, or a folder in the user's cache."""
    return _placed(Path(os.environ.get("GDA_BENCH_STORE") or user_cache_path("gda-bench") / "store"))


def default_data_dir() -> Path:
    """$GDA_BENCH_DATA, or a folder in the user's cache."""
    return _placed(Path(os.environ.get("GDA_BENCH_DATA") or user_cache_path("gda-bench") / "data"))


def _placed(path: Path) -> Path:
    """Absolute: children, workers and nodes stand in other folders than the command."""
    return path.expanduser().absolute()


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Names = Annotated[list[str], BeforeValidator(_listed), Field(min_length=1)]
Place = Annotated[Path, AfterValidator(_placed)]


class Request(BaseModel):
    """One run. task: tasks and groups. profile None: `standard` on a GPU, `quick` elsewhere. seeds None: the
    profile's. workers None: as many cells side by side as there is room for. address: of a Ray cluster; None starts
    Ray on this machine.
    set: changes to the profile's settings by dotted name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: Names
    generator: Names = ["edm"]
    classifier: Names = ["cnn"]
    profile: str | None = None
    protocol: str = "concat"
    filter: str = "none"
    seeds: Annotated[int, Field(ge=1, le=1000)] | None = None
    out: Path = Path("gda-bench-reports")
    store: Place = Field(default_factory=default_store)
    data_dir: Place = Field(default_factory=default_data_dir)
    device: str = "auto"
    executor: Literal["local", "ray"] = "local"
    address: str | None = None
    workers: Annotated[int, Field(ge=1, le=1024)] | None = None
    policy: Policy = "missing"
    isolation: Mode = "auto"
    set: dict[str, Any] = {}


def make_request(options: dict[str, Any], config: Path | None = None) -> Request:
    """The request of a YAML file with options that go before it; None stands for an option not given."""
    merged = _read_config(config) if config else {}
    given = {key: value for key, value in options.items() if value not in (None, [], {})}
    if given.get("set") and isinstance(merged.get("set"), dict):
        given["set"] = {**merged["set"], **given["set"]}
    try:
        return Request.model_validate({**merged, **given})
    except ValidationError as error:
        raise UserError(_in_words(error, config)) from None


def _read_config(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise UserError(f"{path}: not a text file") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" line {mark.line + 1}, column {mark.column + 1}:" if mark else ""
        raise UserError(f"{path}:{where} not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise UserError(f"{path}: an experiment is a mapping such as `task: digits`, this is {type(content).__name__}")
    return content


def _in_words(error: ValidationError, config: Path | None) -> str:
    first = first_problem(error)
    key = ".".join(str(part) for part in first["loc"])
    place = f"{config}: " if config else ""
    if first["type"] == "extra_forbidden":
        return f"{place}unknown key {key!r}: {nearest(key, Request.model_fields)}"
    if first["type"] == "missing" or (key == "task" and first["type"] == "too_short"):
        return f"{place}{key} is missing: say which, as in --task digits"
    if first["type"] == "literal_error":
        known = re.findall("'([^']+)'", first["ctx"]["expected"])
        return f"{place}unknown {key} {first['input']!r}: {nearest(str(first['input']), known)}"
    return f"{place}{key}: {first['msg']}, not {first['input']!r}"
