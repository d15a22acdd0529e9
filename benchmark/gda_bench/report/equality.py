"""The equivalence tests: of how many real images is the mix within the margin?"""

from __future__ import annotations

from gda_bench.report import reading, words
from gda_bench.report.blocks import Section, Table, Text
from gda_bench.report.model import Report, Tost


def section(report: Report) -> Section | None:
    """Two one-sided tests (TOST) against each real arm; None where none was made."""
    if not report.tost:
        return None
    return Section(
        "tests", "Equal to how many real images?", (Text(_reading(report, report.tost)), _table(report, report.tost))
    )


def _reading(report: Report, tests: list[Tost]) -> str:
    """Which real sets each mix was shown to equal."""
    margin = words.listed(_margins(tests))
    base, equal = reading.base_size(report) or 0, [test for test in tests if test.equivalent]
    if not equal:
        return (
            f"Within {margin} points of no real set that was measured. That is not a difference: with few seeds or a "
            "narrow margin nothing can be shown to be equal."
        )
    parts = []
    for m in sorted({test.n_synth for test in equal}):
        sizes = [words.number(n) for n in sorted({test.n_real for test in equal if test.n_synth == m})]
        parts.append(f"{words.trained_on('mix', base, m)} images do as well as {words.listed(sizes)} real")
    return f"To within {margin} points, {words.listed(parts)}: shown, not merely not refuted."


def _margins(tests: list[Tost]) -> list[str]:
    return [f"±{words.number(100 * margin, 1)}" for margin in sorted({test.margin for test in tests})]


def _table(report: Report, tests: list[Tost]) -> Table:
    base = reading.base_size(report) or 0
    several = len({test.margin for test in tests}) > 1
    return Table(
        caption=f"Equivalence tests (TOST), paired by seed, margin {words.listed(_margins(tests))} points",
        align="lrrrl",
        head=("mix", "against real", "difference, points [90 %]", "p", "equivalent"),
        rows=tuple(
            (
                words.trained_on("mix", base, test.n_synth),
                words.number(test.n_real),
                str(words.points(test.difference)),
                "< 0.001" if test.p_value < 0.0005 else words.number(test.p_value, 3),
                ("✓ yes" if test.equivalent else "not shown")
                + (f" (±{words.number(100 * test.margin, 1)})" if several else ""),
            )
            for test in tests
        ),
        strong=frozenset(i for i, test in enumerate(tests) if test.equivalent),
        note="Difference: mix minus real. Equivalent where its whole 90 % interval lies within the margin, which is "
        "two one-sided tests at 5 %.",
    )
