"""What a report says and in which order, for every renderer that shows the whole of it."""

from __future__ import annotations

from gda_bench.report import (
    advice,
    equality,
    glossary,
    growth,
    headline,
    pool,
    reading,
    record_tables,
    result_tables,
    use,
    words,
)
from gda_bench.report.blocks import (
    Block,
    Command,
    Figure,
    Gallery,
    Page,
    Points,
    Section,
    Table,
    Terms,
    Text,
)
from gda_bench.report.model import Report

QUESTION = "What is one synthetic image worth?"
READING = (
    "Above: test performance of real images only, each mean with ± sd over seeds, and the monotone curve through them "
    "with its 95 % band. Each mix stands where the curve reaches its mean. Below: what it is worth in real images, "
    "with its 95 % interval; the dashed line is n. An open marker: the exchange rate may be 0. A triangle: a bound, "
    "beyond the curve. An arrow: that end of the interval lies beyond what was measured."
)


def page(report: Report) -> Page:
    """The report as text in reading order."""
    drawn = (
        *(_chart, _meaning, _controls, growth.laws, equality.section, growth.scaling, pool.section, use.section),
        *(_arms, _reference, _cost, _failures, _provenance),
    )
    sections = [section(report) for section in drawn]
    badge, tone = headline.badge(report)
    return Page(
        question=QUESTION,
        subject=", ".join(words.plain(part.name) for part in (report.task, report.generator, report.classifier)),
        setting=_setting(report),
        badge=badge,
        tone=tone,
        sentence=headline.sentence(report),
        alarms=advice.alarms(report),
        headlines=headline.numbers(report),
        sections=(*(s for s in sections if s is not None and s.blocks), _reproduce(report), _terms(report)),
        footer=f"gda-bench {words.plain(report.environment.gda_bench)}, study {words.plain(report.study)[:8]}, "
        f"assembled {words.plain(report.created)}. Every number here is in report.json.",
    )


def _setting(report: Report) -> str:
    seeds = len({cell.seed for cell in report.cells})
    track = "control" if report.generator.track == "control" else f"{report.generator.track}-set generator"
    if given := reading.was_given(report):
        track = f"{track} (trained on more than the n images: {given})"
    profile, protocol = words.plain(report.profile.name), words.plain(report.protocol.name)
    chosen = words.plain(report.filter.name)
    return f"{track}, {words.plural(seeds, 'seed')}, {profile} profile, protocol {protocol}, filter {chosen}"


def figures(shown: Page) -> list[Figure]:
    """Every figure of the page, in order."""
    blocks = [block for section in shown.sections for block in section.blocks]
    return [b.figure if isinstance(b, Gallery) else b for b in blocks if isinstance(b, Figure | Gallery)]


def galleries(shown: Page) -> list[Gallery]:
    return [block for section in shown.sections for block in section.blocks if isinstance(block, Gallery)]


def _chart(report: Report) -> Section | None:
    if not reading.has_curve(report):
        return None
    alt = f"Real curve and real-equivalents of every mix and control. {_alt_numbers(report)}"
    return Section(
        "equivalence", "Worth in real images", (Figure("equivalence", alt, f"{READING} {glossary.noise(report)}"),)
    )


def _alt_numbers(report: Report) -> str:
    return " ".join(
        f"{words.trained_on(row.arm, row.n_real, row.n_synth)}: "
        f"{words.real_equivalent(row.real_equivalent, seeds=row.n)}."
        for row in reading.worth_arms(report)
    )


def _meaning(report: Report) -> Section:
    blocks = [
        Points("What to do next", advice.next_steps(report)),
        Points("What not to believe", advice.doubts(report)),
    ]
    return Section("meaning", "What follows", tuple(block for block in blocks if block.items))


def _arms(report: Report) -> Section | None:
    if not report.arms:
        return Section("arms", "All arms", (Text("No arm was measured."),))
    blocks: list[Block] = []
    if reading.gain_arms(report):
        base = words.count(reading.base_size(report))
        gains = " ".join(
            f"{words.trained_on(row.arm, row.n_real, row.n_synth)}: {words.points(row.gain)}."
            for row in reading.gain_arms(report)
        )
        blocks.append(
            Figure(
                "gain",
                f"Gain over real images only, in points, against m/n, for mix, copy and oracle. {gains}",
                f"Gain over {base} real images alone, paired by seed, with 95 % intervals. Copy adds duplicates of the "
                "real images, oracle adds held-out real images. An open marker: the interval includes 0.",
            )
        )
    return Section("arms", "All arms", (*blocks, result_tables.arms(report)))


def _controls(report: Report) -> Section:
    return Section("controls", "Controls", (result_tables.controls(report), Text(_known(report))))


def _known(report: Report) -> str:
    if reading.failed_controls(report):
        return "A failed control means: do not believe this report."
    shown = [control for _, control in reading.controls(report) if control]
    protocol = words.plain(report.protocol.name)
    if reading.moved_copies(report) or any(control.expected is None for control in shown):
        return (
            f"The protocol {protocol} does not treat real and synthetic images alike. Its controls are there to hold "
            "the mix against: copies show what its layout does without new images, held-out real ones how far it goes."
        )
    if [control.expected for control in shown] == [0, 1]:
        return (
            "Copies are worth 0 images and held-out real images are worth 1 each; a failed control means: do not "
            "believe this report."
        )
    return "What a control is worth is known by construction; a failed control means: do not believe this report."


def _reference(report: Report) -> Section:
    return Section("reference", "Against published figures", _given(result_tables.reference(report)))


def _cost(report: Report) -> Section:
    return Section("cost", "Cost", _given(record_tables.cost(report)))


def _failures(report: Report) -> Section:
    return Section("failures", "Cells without a result", _given(record_tables.failures(report)))


def _provenance(report: Report) -> Section:
    tables = (
        record_tables.task(report),
        record_tables.files(report),
        record_tables.components(report),
        record_tables.given(report),
        record_tables.profile(report),
        record_tables.environment(report),
    )
    return Section("provenance", "Provenance", _given(*tables))


def _reproduce(report: Report) -> Section:
    blocks: list[Block] = [Command("the command of this report", words.plain(report.reproduce))]
    return Section("reproduce", "How to reproduce", tuple(blocks))


def _terms(report: Report) -> Section:
    return Section("terms", "Words", (Terms(glossary.terms(report)),))


def _given(*tables: Table | None) -> tuple[Block, ...]:
    return tuple(table for table in tables if table is not None and table.rows)
