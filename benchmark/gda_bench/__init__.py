"""gda-bench: what is one synthetic image worth in real images?

import gda_bench
reports = gda_bench.run(task="digits", generator="edm", profile="quick")
print(reports[0].equivalence.sentence)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gda_bench.report.model import Analysis, Report

__all__ = ["Analysis", "Report", "analyze", "run"]


def run(**options: Any) -> list[Report]:
    """Run studies and write their reports, as `gda-bench run` does; returns the reports.

    Options are those of the command, with underscores: task, generator and classifier (a name or a list of names),
    profile, protocol, filter, seeds, out, store, data_dir, device, executor, address, policy, set (a mapping).
    Raises UserError on bad input.
    """
    from gda_bench.study.request import make_request
    from gda_bench.study.session import open_session

    with open_session(make_request(options)) as session:
        return [report for report, _ in session.run()]


def analyze(rows: Any, *, metric: str | None = None, n_real: int | None = None, n_synth: int | None = None) -> Analysis:
    """What a table of results says of its synthetic images, as `gda-bench analyze` does.

    rows: the path of a CSV file, a pandas frame or mappings with arm, n_real, n_synth, seed and metrics in [0, 1].
    Raises UserError on a table that cannot be read.
    """
    from gda_bench.study.analyze import analyze as estimated

    return estimated(rows, metric=metric, n_real=n_real, n_synth=n_synth)


def __getattr__(name: str) -> Any:
    if name in ("Analysis", "Report"):
        from gda_bench.report import model

        return getattr(model, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
