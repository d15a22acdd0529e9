"""The folder of a report: every rendering, each file whole or not there, report.json last."""

from __future__ import annotations

import os
from pathlib import Path

from gda_bench.report import content
from gda_bench.report.cells_csv import to_csv
from gda_bench.report.document import dumps
from gda_bench.report.figures.draw import CHARTS, NAMES, all_figures
from gda_bench.report.html import to_html
from gda_bench.report.markdown import to_markdown
from gda_bench.report.model import Report
from gda_bench.report.predictions import FILE as PREDICTIONS
from gda_bench.report.predictions import Predictions, to_bytes


def write(report: Report, folder: Path, predictions: Predictions | None = None) -> None:
    """Write report.json, report.md, report.html, cells.csv, figures/*.svg and, where there are any, predictions.npz,
    over what stood there.

    Everything is rendered before anything is written, and report.json comes last: where it stands, the rest is there.
    """
    page = content.page(report)  # shared by all renderings: of a report of many rows it takes a second
    drawn = all_figures(report, page)
    files = {f"figures/{name}.svg": svg for name, svg in drawn.items()}
    charts = {name: svg for name, svg in drawn.items() if name in CHARTS}
    files |= {"report.md": to_markdown(report, page), "report.html": to_html(report, page, wide=charts)}
    files["cells.csv"] = to_csv(report)
    rendered = {name: text.encode() for name, text in files.items()}
    if predictions is not None:
        rendered[PREDICTIONS] = to_bytes(predictions)
    rendered["report.json"] = dumps(report).encode()
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        if name not in drawn:
            (folder / "figures" / f"{name}.svg").unlink(missing_ok=True)
    if predictions is None:
        (folder / PREDICTIONS).unlink(missing_ok=True)
    for name, written in rendered.items():
        _replace(folder / name, written)


def _replace(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
