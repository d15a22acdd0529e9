"""The picture of the README: the chart of worth of a report.

python benchmark/studies/picture.py REPORT.json leaderboard/gda_leaderboard/pages/figures/worth.svg

Its paper is white, so that it reads on a light page and on a dark one.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from gda_bench.report import Report
from gda_bench.report.figures.draw import charts


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("report", type=Path)
    parser.add_argument("out", type=Path)
    chosen = parser.parse_args()
    chosen.out.write_text(charts(Report.load(chosen.report))["equivalence"], encoding="utf-8")


if __name__ == "__main__":
    main()
