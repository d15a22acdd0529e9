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


def example(document: str, file: str, most_lines: int) -> str:
    """The one Python block that begins with this file's name; imports do not count as its lines."""
    (code,) = [block for block in blocks(document, "python") if block.startswith(f"# {file}\n")]
    lines = [line for line in code.splitlines() if line.strip() and not line.startswith(("import", "from", "#"))]
    assert len(lines) <= most_lines
    return code


def test_the_generator_of_the_contributing_guide_runs(fast_run: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "blur.py").write_text(example("CONTRIBUTING.md", "blur.py", 25))
    (report,) = fast_run(generator="./blur.py:Blur:sigma=1", seeds=1)
    assert all(cell.status == "ok" for cell in report.cells)
    assert report.generator.params == {"sigma": 1.0}
    assert report.generator.file_digest


def test_the_protocol_of_the_contributing_guide_runs(fast_run: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "fade.py").write_text(example("CONTRIBUTING.md", "fade.py", 15))
    (report,) = fast_run(protocol="./fade.py:Fade:stages=4", classifier="cnn:width=4", seeds=1)
    assert all(cell.status == "ok" for cell in report.cells)
    assert report.protocol.params == {"stages": 4}
    assert report.protocol.file_digest


def test_the_filter_of_the_contributing_guide_runs(fast_run: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "central.py").write_text(example("CONTRIBUTING.md", "central.py", 10))
    (report,) = fast_run(filter="./central.py:Central:share=0.3", seeds=1)
    assert all(cell.status == "ok" for cell in report.cells)
    assert report.filter.params == {"share": 0.3}
    assert report.audit.filter_kept.kept_fraction == 0.3
    assert report.audit.filter_kept.uses.startswith("the mean of the n real images")


def test_the_experiment_of_the_readme_is_valid() -> None:
    (text,) = blocks("README.md", "yaml")
    assert Request.model_validate(yaml.safe_load(text)).generator == ["edm", "cvae"]
