"""A line of the tables: what an entry came to, once as text and once as numbers to sort by."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from gda_bench.report import Report, headline, reading, words
from gda_bench.report.model import Control, Interval, RealEquivalent
from gda_bench.report.words import Written
from gda_leaderboard.entry import Entry, Rung
from gda_leaderboard.site.whisker import Scale, Whisker

DOUBT = "†"
"""Beside what rests on an interval that the report itself warns of."""
VERSION, NUMBER = "version ", "#"
"""How the parts of a variant begin that name its entry for short."""
CONTROL_NAMES = {"copy": "duplicates", "oracle": "held-out real images"}


@dataclass(frozen=True, slots=True)
class Keys:
    """What a column sorts by; None sorts last, whichever way."""

    tier: int | None = None
    rate: float | None = None
    worth: float | None = None
    gain: float | None = None
    memorised: float | None = None
    compute: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """name: of the entry, or of the control. variant: settings that tell it from its namesakes. why: the reason for
    having no rank; empty where it has one. copied: whether the pool copies training images. run: the stem of its
    page; empty for a control. doubted: whether the report itself warns of the interval."""

    name: str
    generator: str
    variant: str
    tier: int | None
    rate: Written
    worth: Written
    gain: Written
    badge: str
    tone: str
    memorised: str
    copied: bool
    compute: str
    rung: Rung | None
    why: str
    run: str
    whisker: Whisker | None
    keys: Keys
    doubted: bool = False

    @property
    def label(self) -> str:
        """Unlike that of any other entry of the table."""
        told = takewhile(lambda part: part.startswith((VERSION, NUMBER)), self.variant.split(", "))
        return " ".join([self.generator, *told])

    @property
    def effect(self) -> Literal["helps", "harms", "doubted", "open"]:
        """By the interval of the exchange rate; open where that includes 0 or is not there."""
        if self.whisker is None or self.whisker.is_open or self.keys.rate is None:
            return "open"
        if self.doubted:
            return "doubted"
        return "helps" if self.keys.rate > 0 else "harms"


def run_stem(entry: Entry) -> str:
    """Of the entry's own page: by its content, so that an address always shows what it showed."""
    return entry.digest[:16]


def compute_seconds(report: Report) -> float | None:
    """To train the generator once and draw its pool once: processor time on a CPU, wall time elsewhere."""
    name = report.generator.name
    stages = [c for c in report.cost if c.component == name and c.stage in ("fit", "pool") and c.cells]
    if not any(stage.stage == "fit" for stage in stages):
        return None
    return sum((s.cpu_s if s.device.startswith("cpu") else s.wall_s) / s.cells for s in stages)


def entry_row(entry: Entry, scale: Scale, *, tier: int | None = None, variant: str = "", why: str = "") -> Row:
    """tier: 1 is best; none for an entry without a rank."""
    report = entry.report
    found, arm, audit = report.equivalence, reading.headline_arm(report), report.audit
    gain = arm.gain if arm else None
    compute = compute_seconds(report)
    badge, tone = headline.badge(report)
    if doubted := reading.distrust(report) is not None:
        badge, tone = f"{badge} {DOUBT}", "none"
    rate, worth = (found.exchange_rate, found.real_equivalent) if found else (None, None)
    return Row(
        name=entry.name,
        generator=words.plain(report.generator.name),
        variant=variant,
        tier=tier,
        rate=words.rate(rate, worth.censored if worth else None),
        worth=words.real_equivalent(worth),
        gain=words.points(gain),
        badge=badge,
        tone=tone,
        memorised=words.share(audit.memorised_fraction),
        copied=reading.copies(report),
        compute="not measured" if compute is None else words.seconds(compute),
        rung=entry.rung,
        why=why,
        run=run_stem(entry),
        whisker=_whisker(scale, rate, worth),
        keys=Keys(
            tier=tier,
            rate=_readable(rate, worth),
            worth=worth.estimate if worth and worth.censored != "flat" else None,
            gain=gain.estimate if gain else None,
            memorised=audit.memorised_fraction,
            compute=compute,
        ),
        doubted=doubted,
    )


def control_row(name: str, control: Control, report: Report, scale: Scale) -> Row:
    """A control as it came out beside an entry: measured like any other generator, and no competitor."""
    rate, worth = control.exchange_rate, control.real_equivalent
    arms = (row for row in reading.gain_arms(report) if (row.arm, row.n_synth) == (name, control.n_synth))
    gain = next((row.gain for row in arms), None)
    expected = "" if control.expected is None else f", known to be worth {words.significant(control.expected)}"
    badge = {True: "✓ as expected", False: "✗ control failed", None: "– not judged"}[control.passed]
    return Row(
        name=name,
        generator=name,
        variant=f"{CONTROL_NAMES[name]}{expected}",
        tier=None,
        rate=words.rate(rate, worth.censored),
        worth=words.real_equivalent(worth),
        gain=words.points(gain),
        badge=badge,
        tone="harmful" if control.passed is False else "none",
        memorised="",
        copied=False,
        compute="",
        rung=None,
        why="",
        run="",
        whisker=_whisker(scale, rate, worth),
        keys=Keys(),
    )


def _readable(rate: Interval | None, worth: RealEquivalent | None) -> float | None:
    return rate.estimate if rate and worth and worth.censored != "flat" else None


def _whisker(scale: Scale, rate: Interval | None, worth: RealEquivalent | None) -> Whisker | None:
    if rate is None or worth is None or worth.censored == "flat":
        return None
    return scale.whisker(rate, is_open=not reading.sign(rate))
