"""What a report says and in which order, for every renderer that shows the whole of it."""

from __future__ import annotations

from gda_bench.report import advice, gallery, glossary, reading, record_tables, result_tables, words
from gda_bench.report.blocks import (
    Block,
    Command,
    Figure,
    Gallery,
    Headline,
    Page,
    Points,
    Section,
    Table,
    Terms,
    Text,
)
from gda_bench.report.model import Equivalence, Report

QUESTION = "What is one synthetic image worth?"
FLAT = "the real curve is flat"
BADGES = {
    "established": "✓ established",
    "not-established": "○ not established",
    "harmful": "✗ harmful",
    "censored": "▷ beyond the curve",
}
READING = (
    "Above: test performance of real images only, each mean with ± sd over seeds, and the monotone curve through them "
    "with its 95 % band. Each mix stands where the curve reaches its mean. Below: what it is worth in real images, "
    "with its 95 % interval; the dashed line is n. An open marker: the exchange rate may be 0. A triangle: a bound, "
    "beyond the curve. An arrow: that end of the interval lies beyond what was measured."
)


def page(report: Report) -> Page:
    """The report as text in reading order."""
    found, alarm = report.equivalence, advice.alarm(report)
    drawn = (_chart, _meaning, _arms, _growth, _controls, _pool, _reference, _cost, _failures, _provenance)
    sections = [section(report) for section in drawn]
    parts = (report.task.name, report.generator.name, report.classifier.name)
    return Page(
        question=QUESTION,
        subject=", ".join(words.plain(part) for part in parts),
        setting=_setting(report),
        badge="✗ control failed" if alarm else BADGES[found.verdict] if found else "– no verdict",
        tone="harmful" if alarm else found.verdict if found else "none",
        sentence=words.plain(found.sentence) if found else _no_verdict(report),
        alarm=alarm,
        headlines=_headlines(report, found) if found else (),
        sections=(*(s for s in sections if s is not None and s.blocks), _reproduce(report), _terms()),
        footer=f"gda-bench {words.plain(report.environment.gda_bench)}, study {words.plain(report.study)[:8]}, "
        f"assembled {words.plain(report.created)}. Every number here is in report.json.",
    )


def _setting(report: Report) -> str:
    seeds = len({cell.seed for cell in report.cells})
    track = "control" if report.generator.track == "control" else f"{report.generator.track}-set generator"
    profile, protocol = words.plain(report.profile.name), words.plain(report.protocol.name)
    chosen = words.plain(report.filter.name)
    return f"{track}, {words.plural(seeds, 'seed')}, {profile} profile, protocol {protocol}, filter {chosen}"


def figures(shown: Page) -> list[Figure]:
    """Every figure of the page, by name."""
    blocks = [block for section in shown.sections for block in section.blocks]
    return [b.figure if isinstance(b, Gallery) else b for b in blocks if isinstance(b, Figure | Gallery)]


def _no_verdict(report: Report) -> str:
    lack = "the real curve" if report.real_curve is None else "the mix at the headline ratio"
    return f"No verdict: {lack} was not measured."


def _headlines(report: Report, found: Equivalence) -> tuple[Headline, ...]:
    censored = found.real_equivalent.censored
    worth = words.real_equivalent(found.real_equivalent)
    rate = words.rate(found.exchange_rate, censored)
    row = reading.headline_arm(report)
    numbers = [
        Headline(
            f"{words.trained_on('mix', found.n_real, found.n_synth)} do as well as",
            f"{worth.estimate} real" if censored != "flat" else "not readable",
            worth.spoken if censored != "flat" else FLAT,
        ),
        Headline(
            "One synthetic image is worth (exchange rate)",
            rate.estimate,
            rate.spoken if censored != "flat" else FLAT,
        ),
        _per_real(found),
    ]
    if row and row.gain:
        gain = words.points(row.gain)
        label = f"Gain in {words.metric_name(found.metric)} over real only"
        numbers.append(Headline(label, f"{gain.estimate} points", gain.spoken))
    return tuple(numbers)


def _per_real(found: Equivalence) -> Headline:
    label = "Synthetic images per extra real one"
    if found.synthetic_per_real is None:
        return Headline(label, "not printed", _why_not_printed(found))
    written = words.per_real(found.synthetic_per_real, found.real_equivalent.censored)
    return Headline(label, written.estimate, written.spoken)


def _why_not_printed(found: Equivalence) -> str:
    if found.real_equivalent.censored == "flat":
        return FLAT
    if found.verdict == "harmful":
        return "synthetic images take real ones away here"
    if found.verdict == "censored":
        return "the exchange rate is a bound"
    return "1 / exchange rate has no upper end where the rate may be 0"


def _chart(report: Report) -> Section | None:
    if not reading.has_curve(report):
        return None
    alt = f"Real curve and real-equivalents of every mix and control. {_alt_numbers(report)}"
    return Section("equivalence", "Worth in real images", (Figure("equivalence", alt, READING),))


def _alt_numbers(report: Report) -> str:
    return " ".join(
        f"{words.trained_on(row.arm, row.n_real, row.n_synth)}: {words.real_equivalent(row.real_equivalent)}."
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
        blocks.append(
            Figure(
                "gain",
                "Gain over real images only against m/n, for mix, copy and oracle; the table holds the numbers.",
                f"Gain over {base} real images alone, paired by seed, with 95 % intervals. Copy should lie on zero; "
                "oracle adds held-out real images. An open marker: the interval includes 0.",
            )
        )
    return Section("arms", "All arms", (*blocks, result_tables.arms(report)))


def _growth(report: Report) -> Section:
    return Section("law", "How the worth grows with m", _given(result_tables.law(report), result_tables.tost(report)))


def _controls(report: Report) -> Section:
    says = (
        "A failed control means: do not believe this report."
        if reading.failed_controls(report)
        else "Copies are worth 0 images and held-out real images are worth 1 each; a failed control means: do not "
        "believe this report."
    )
    return Section("controls", "Controls", (result_tables.controls(report), Text(says)))


def _pool(report: Report) -> Section:
    found, shown = report.audit, gallery.groups(report)
    blocks: list[Block] = [Text(_memorised(report))]
    if shown:
        caption = (
            "In each pair: a synthetic image, left, and the training image nearest to it, right. Under them the ratio "
            "of the distances to the nearest and the second nearest; below 0.33 it counts as memorised."
        )
        copied = sum(pair.ratio < reading.COPIED for pair in found.gallery)
        alt = (
            f"{words.plural(len(found.gallery), 'pair')} of synthetic and nearest training images, {copied} memorised."
        )
        blocks.append(Gallery(Figure("samples", alt, caption), shown, gallery.is_crisp(report)))
    return Section("pool", "The synthetic images", (*blocks, *_given(result_tables.audit(report))))


def _memorised(report: Report) -> str:
    found = report.audit
    if found.memorised_fraction is None:
        return "Memorised share of the pool: not measured."
    seeds = ", ".join(words.share(value) for value in found.memorised_per_seed)
    return (
        f"Memorised share of the pool: {words.share(found.memorised_fraction)}"
        f"{f' (by seed: {seeds})' if len(found.memorised_per_seed) > 1 else ''}. "
        f"Held-out real images, by the same rule: {words.share(found.memorised_baseline)}."
    )


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
        record_tables.profile(report),
        record_tables.environment(report),
    )
    return Section("provenance", "Provenance", _given(*tables))


def _reproduce(report: Report) -> Section:
    blocks: list[Block] = [Command("the command of this report", words.plain(report.reproduce))]
    return Section("reproduce", "How to reproduce", tuple(blocks))


def _terms() -> Section:
    return Section("terms", "Words", (Terms(glossary.TERMS),))


def _given(*tables: Table | None) -> tuple[Block, ...]:
    return tuple(table for table in tables if table is not None and table.rows)
