"""Generators with a known fault, through the public door: the audit finds the fault, and accuses nobody else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gda_bench.report import Report

Run = Callable[..., list[Report]]
PLANTED = Path(__file__).parents[1] / "plugins" / "planted.py"


def test_a_tenth_of_copies_is_reported_as_a_tenth(fast_run: Run) -> None:
    (report,) = fast_run(generator=f"{PLANTED}:PartCopier")
    audit = report.audit
    assert audit.memorised_fraction == pytest.approx(0.1, abs=0.02)
    assert all(share == pytest.approx(0.1, abs=0.02) for share in audit.memorised_per_seed)
    assert audit.copying
    assert audit.test_leak is False
    assert any("near-copies of training images" in w for w in report.warnings)
    assert len(audit.closest) == 12
    assert all(pair.ratio < 0.1 for pair in audit.closest)


def test_a_generator_that_saw_the_test_split_is_caught(fast_run: Run) -> None:
    # kept to its n images it could not; the audit must find it where nothing keeps it
    (report,) = fast_run(generator=f"{PLANTED}:Thief", isolation="off")
    assert report.audit.test_leak
    assert report.audit.test_leak_fraction == pytest.approx(0.2, abs=0.03)
    assert report.audit.copying is False
    assert "repeat images of the test split" in report.warnings[0]
    assert any("the kernel did not enforce it (switched off)" in warning for warning in report.warnings)


def test_a_generator_that_would_see_the_test_split_is_stopped(fast_run: Run) -> None:
    (report,) = fast_run(generator=f"{PLANTED}:Thief", seeds=1, isolation="require")
    assert {c.arm for c in report.cells if c.status == "failed"} == {"mix", "synthetic"}
    assert any("a generator is given its n images and nothing else" in str(c.error) for c in report.cells)


def test_a_perfect_generator_is_accused_of_nothing(fast_run: Run) -> None:
    (report,) = fast_run(generator="oracle")
    audit, perfect = report.audit, report.audit.baseline
    assert audit.copying is False
    assert audit.test_leak is False
    assert audit.discriminator_auc == pytest.approx(0.5, abs=0.07)
    assert perfect is not None
    assert perfect.discriminator_auc == pytest.approx(0.5, abs=0.07)
    assert None not in perfect.model_dump().values()
    for name in ("precision", "recall", "coverage", "authenticity", "label_consistency"):
        assert getattr(audit, name) == pytest.approx(getattr(perfect, name), abs=0.12)
    assert audit.gap is not None
    assert max(audit.gap.content or 0, audit.gap.fidelity or 0, audit.gap.label_consistency or 0) < 0.15
    assert not any("near-copies" in w or "test split" in w for w in report.warnings)


@pytest.mark.slow
def test_a_poor_generator_shows_its_symptoms(fast_run: Run) -> None:
    (report,) = fast_run(generator=f"{PLANTED}:Blends")
    audit = report.audit
    assert audit.discriminator_auc is not None
    assert audit.discriminator_auc > 0.9
    assert audit.gap is not None
    assert audit.gap.n_synth == 160
    (alone,) = [arm for arm in report.arms if arm.arm == "synthetic" and arm.n_synth == 160]
    assert alone.gain is not None
    assert audit.gap.metric_gap.estimate == -alone.gain.estimate
    assert audit.gap.metric_gap.low == -(alone.gain.high or 0)
    assert {point.real for point in audit.embedding} == {True, False}
    assert len({(point.x, point.y) for point in audit.embedding}) > 100


def test_without_held_out_images_nothing_is_judged(fast_run: Run) -> None:
    settings = {"n_real": 1290, "max_share": 1.0, "mix_ratios": [0.5], "headline_ratio": 0.5, "synthetic_ratios": [0.5]}
    (report,) = fast_run(generator=f"{PLANTED}:PartCopier", set=settings, seeds=1)
    audit = report.audit
    assert audit.memorised_fraction == pytest.approx(0.1, abs=0.02)
    assert audit.precision is not None
    assert audit.discriminator_auc is audit.baseline is audit.copying is audit.test_leak is None
    assert audit.gap is not None
    assert audit.gap.content is None
