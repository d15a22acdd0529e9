"""Reading and writing report.json: strict, versioned, and in words where it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from gda_bench.errors import UserError
from gda_bench.report.model import SCHEMA_VERSION, Report


def dumps(report: Report) -> str:
    """The report as JSON text; equal reports give equal bytes."""
    return report.model_dump_json(by_alias=True, indent=1) + "\n"


def loads(text: str, name: str = "report") -> Report:
    """A report from JSON text. Raises UserError, which names the place, on anything but a valid report."""
    document = _parse(text, name)
    if not isinstance(document, dict):
        raise UserError(f"{name}: a report is a JSON object, this is a {type(document).__name__}")
    version = document.get("schema_version")
    if isinstance(version, int) and not isinstance(version, bool) and version > SCHEMA_VERSION:
        raise UserError(
            f"{name}: schema version {version} is newer than this gda-bench reads ({SCHEMA_VERSION}); upgrade gda-bench"
        )
    try:
        # through JSON again, so that strict mode judges JSON types
        return Report.model_validate_json(json.dumps(document))
    except ValidationError as error:
        first = error.errors()[0]
        where = " ".join(".".join(str(part) for part in first["loc"]).split()) or "the document"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise UserError(f"{name}: {where}: {first['msg']}{more}") from None


def load(path: str | Path) -> Report:
    """A report from a file."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); give the path of a report.json") from None
    except UnicodeDecodeError:
        raise UserError(f"{path}: not a text file; give the path of a report.json") from None
    return loads(text, str(path))


def schema() -> dict[str, Any]:
    """The JSON Schema of report.json."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Report.model_json_schema(by_alias=True)}


def _parse(text: str, name: str) -> Any:
    def refuse(constant: str) -> NoReturn:
        raise UserError(f"{name}: {constant} is not a number that a report may hold; absent is null")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            twice = next(key for i, (key, _) in enumerate(pairs) if key in {k for k, _ in pairs[:i]})
            raise UserError(f"{name}: the key {twice!r} stands twice in one object")
        return found

    try:
        return json.loads(text, parse_constant=refuse, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        raise UserError(f"{name}: not JSON (line {error.lineno}, column {error.colno}: {error.msg})") from None
    except ValueError as error:  # a number of more digits than Python will read
        raise UserError(f"{name}: not a report ({error})") from None
    except RecursionError:
        raise UserError(f"{name}: nested too deeply to be a report") from None
