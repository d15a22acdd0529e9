"""The section on how real and synthetic images met in training: the protocol, and what a filter let through."""

from __future__ import annotations

from collections.abc import Mapping

from gda_bench.report import glossary, reading, words
from gda_bench.report.blocks import Section, Table, Text
from gda_bench.report.model import Component, FilterKept, Report


def section(report: Report) -> Section:
    """Named with every parameter, whether or not they are the defaults."""
    rows = [
        ("protocol", _named(report.protocol, glossary.PROTOCOLS)),
        ("filter", _named(report.filter, glossary.FILTERS)),
    ]
    found = report.audit.filter_kept
    if found:
        rows.append(("share kept", _kept(found)))
        rows.append(("real information used", words.plain(found.uses) or "not stated"))
    trained = _trained_on(report)
    if trained:
        rows.append(("kept at the headline", trained))
    table = Table("Protocol and filter", "ll", ("item", "value"), tuple(rows))
    return Section("use", "How real and synthetic images met", (table, *_reading(report)))


def _named(part: Component, known: Mapping[str, str]) -> str:
    bound = ", ".join(f"{words.plain(k)} = {words.setting(v)}" for k, v in part.params.items())
    named = f"{words.plain(part.name)} ({bound})" if bound else words.plain(part.name)
    meaning = "" if part.file_digest else known.get(part.name, "")
    return f"{named}: {meaning}" if meaning else named


def _kept(found: FilterKept) -> str:
    seeds = ", ".join(words.share(value) for value in found.kept_per_seed)
    by_seed = f" (by seed: {seeds})" if len(found.kept_per_seed) > 1 else ""
    return f"{words.share(found.kept_fraction)} of the pool{by_seed}"


def _trained_on(report: Report) -> str:
    row = reading.headline_arm(report)
    kept = reading.kept(reading.cells_of(report, row)) if row else None
    return f"{words.number(kept)} of {words.number(row.n_synth)}, mean over seeds" if row and kept is not None else ""


def _reading(report: Report) -> tuple[Text, ...]:
    if not report.audit.filter_kept and not _trained_on(report):
        return ()
    return (
        Text(
            "m counts the samples that were drawn, so the exchange rate is the worth of one drawn image, rejected ones "
            "included: they had to be made as well."
        ),
    )
