"""What the documents show must run as it stands there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from gda_bench.study.request import Request

ROOT = Path(__file__).parents[1]


def blocks(document: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / document).read_text(encoding="utf-8"), flags=re.S)


def test_the_generator_of_the_contributing_guide_runs(fast_run: Callable[..., Any], tmp_path: Path) -> None:
    (code,) = blocks("CONTRIBUTING.md", "python")
    assert (
        len([line for line in code.splitlines() if line.strip() and not line.startswith(("import", "from", "#"))]) <= 25
    )
    (tmp_path / "blur.py").write_text(code)
    (report,) = fast_run(generator="./blur.py:Blur:sigma=1", seeds=1)
    assert all(cell.status == "ok" for cell in report.cells)
    assert report.generator.params == {"sigma": 1.0}
    assert report.generator.file_digest


def test_the_experiment_of_the_readme_is_valid() -> None:
    (text,) = blocks("README.md", "yaml")
    assert Request.model_validate(yaml.safe_load(text)).generator == ["edm", "cvae"]


def test_the_commands_of_the_readme_exist() -> None:
    shell = " ".join(blocks("README.md", "sh"))
    shown = set(re.findall(r"gda-bench ([a-z]+)\b", shell))
    assert shown <= {"run", "plan", "list", "show", "report", "data", "doctor"}
