"""gda-bench: what is one synthetic image worth in real images?

import gda_bench
reports = gda_bench.run(task="digits", generator="edm", profile="quick")
print(reports[0].equivalence.sentence)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gda_bench.report.model import Report

__all__ = ["Report", "run"]


def run(**options: Any) -> list[Report]:
    """Run studies and write their reports, as `gda-bench run` does; returns the reports.

    Options are those of the command, with underscores: task, generator and classifier (a name or a list of names),
    profile, protocol, filter, seeds, out, store, data_dir, device, executor, policy, set (a mapping). Raises UserError
    on bad input.
    """
    from gda_bench.study.request import make_request
    from gda_bench.study.session import open_session

    with open_session(make_request(options)) as session:
        return [report for report, _ in session.run()]


def __getattr__(name: str) -> Any:
    if name == "Report":
        from gda_bench.report.model import Report

        return Report
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
