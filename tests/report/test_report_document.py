"""report.json: what is written reads back equal, and what is no report is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rendered import report
from report_variants import VARIANTS

from gda_bench.errors import UserError
from gda_bench.report import Report, dumps, load, loads, schema


@pytest.mark.parametrize("name", VARIANTS)
def test_reads_back_equal(name: str) -> None:
    text = dumps(report(name))
    assert loads(text) == report(name)
    assert dumps(loads(text)) == text


def document(**changes: Any) -> str:
    return json.dumps({**json.loads(dumps(report("bare"))), **changes})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (document(surprise=1), "surprise"),
        (document(schema_version=2), "upgrade"),
        (document(study=3), "study"),
        (document(cost=[{"stage": "fit"}]), "cost.0"),
        (dumps(report("established")).replace('"wall_s": 15.3', '"wall_s": NaN', 1), "NaN"),
        (dumps(report("established")).replace('"wall_s": 15.3', '"wall_s": -Infinity', 1), "Infinity"),
        (dumps(report("established")).replace('"wall_s": 15.3', '"wall_s": 1e999', 1), "cells.0.wall_s"),
        (dumps(report("established")).replace('"wall_s": 15.3', '"wall_s": "15.3"', 1), "cells.0.wall_s"),
        (dumps(report("established")).replace('"balanced_accuracy": 0.', '"balanced_accuracy": 7.', 1), "cells.0"),
        (dumps(report("bare")).replace('"study"', '"study": "x", "study"', 1), "twice"),
        ("{", "not JSON"),
        ("[]", "JSON object"),
        ("[" * 100_000, "nested"),
    ],
)
def test_refuses_in_one_line(text: str, words: str) -> None:
    with pytest.raises(UserError) as refused:
        loads(text, "some/report.json")
    assert words in str(refused.value)
    assert str(refused.value).startswith("some/report.json: ")
    assert "\n" not in str(refused.value)


def test_names_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "absent.json", tmp_path, tmp_path / "binary"):
        with pytest.raises(UserError, match=r"give the path of a report\.json"):
            load(path)


def test_the_schema_is_closed_and_names_controls_as_the_document_does() -> None:
    described = schema()
    assert described["additionalProperties"] is False
    assert set(described["$defs"]["Controls"]["properties"]) == {"copy", "oracle"}
    assert "pass" in described["$defs"]["Control"]["properties"]
    assert set(json.loads(dumps(report("bare")))) == set(Report.model_fields)
