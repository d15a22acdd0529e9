"""The folder of a report, and what importing the document costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from rendered import html, report

from gda_bench.report import load
from gda_bench.report.cells_csv import to_csv
from gda_bench.report.markdown import to_markdown
from gda_bench.report.write import write


def listing(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_writes_every_rendering(tmp_path: Path) -> None:
    write(report("established"), tmp_path / "new" / "folder")
    folder = tmp_path / "new" / "folder"
    names = ("equivalence", "law", "embedding", "gain", "samples", "closest")
    figures = {f"figures/{name}.svg" for name in names}
    assert listing(folder) == {"report.json", "report.md", "report.html", "cells.csv", *figures}
    assert load(folder / "report.json") == report("established")
    assert (folder / "report.html").read_text(encoding="utf-8") == html("established")
    assert (folder / "report.md").read_text(encoding="utf-8") == to_markdown(report("established"))
    assert (folder / "cells.csv").read_bytes() == to_csv(report("established")).encode()


def test_replaces_what_stood_there(tmp_path: Path) -> None:
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "gain.svg").write_text("of an older report", encoding="utf-8")
    (tmp_path / "report.json").write_text("{}", encoding="utf-8")
    write(report("bare"), tmp_path)
    assert listing(tmp_path) == {"report.json", "report.md", "report.html", "cells.csv"}
    assert load(tmp_path / "report.json") == report("bare")


def test_an_interrupted_write_leaves_the_old_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(report("bare"), tmp_path)
    before = (tmp_path / "report.json").read_bytes()

    def full(self: Path, target: Path) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write(report("bare").model_copy(update={"study": "another"}), tmp_path)
    assert (tmp_path / "report.json").read_bytes() == before
    assert not [name for name in listing(tmp_path) if "unfinished" in name]


def test_the_document_alone_imports_no_renderer() -> None:
    heavy = ("altair", "vl_convert", "PIL", "jinja2", "rich", "torch")
    code = f"import sys, gda_bench.report; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
