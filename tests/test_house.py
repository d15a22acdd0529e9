"""The rules of the house that no linter keeps."""

from __future__ import annotations

import json
from pathlib import Path

from gda_bench.report import schema

ROOT = Path(__file__).parents[1]
SOURCE_ROOTS = ("benchmark", "tasks", "generators", "classifiers", "leaderboard")
MOST_LINES = 500


def test_a_source_root_holds_exactly_one_package_and_no_loose_module() -> None:
    for root in SOURCE_ROOTS:
        assert not list((ROOT / root).glob("*.py")), f"loose modules in {root}"
        packages = [p.name for p in (ROOT / root).iterdir() if (p / "__init__.py").exists()]
        assert len(packages) == 1, packages


def test_no_file_has_more_than_one_idea_can_fill() -> None:
    for root in SOURCE_ROOTS:
        for path in (ROOT / root).rglob("*.py"):
            assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES, path


def test_the_exported_schema_is_that_of_the_model() -> None:
    exported = ROOT / "benchmark/gda_bench/schema/report-v1.json"
    assert json.loads(exported.read_text(encoding="utf-8")) == schema(), "run: make schema"


def test_constraints_hold_versions_and_no_addresses() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert len(pins) > 50
    assert all("==" in pin and "://" not in pin and "@" not in pin for pin in pins)
