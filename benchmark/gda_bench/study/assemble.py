"""From the store to a report: pure; what is not in the store is not in the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from gda_bench.given import places
from gda_bench.keys import own_name
from gda_bench.registry import BUILTIN, ComponentSpec
from gda_bench.report.model import (
    CellRow,
    Component,
    DataSource,
    GeneratorPart,
    OtherImagesPart,
    ProfilePart,
    RepeatsPart,
    Report,
    StageCost,
    TaskPart,
    WeightsPart,
)
from gda_bench.report.predictions import Predictions
from gda_bench.stages import Cell
from gda_bench.store import Record, Store
from gda_bench.study.audit import audit_part, kept_by
from gda_bench.study.environment import describe, device_name
from gda_bench.study.estimate import Design, Estimates, estimate, headline_size
from gda_bench.study.expand import Expansion, Row, expand
from gda_bench.study.predictions import influences
from gda_bench.study.profile import load_profile
from gda_bench.study.spec import Study
from gda_bench.study.warnings import warn
from gda_bench.task_data import TaskData
from gda_bench.weights import is_local


def assemble(
    study: Study,
    data: TaskData,
    store: Store,
    *,
    predictions: Predictions,
    device: str,
    errors: Mapping[str, str],
) -> Report:
    """The report of a study. predictions: of the cells in the store. errors: why others are not, by key."""
    expansion = expand(study)
    records = {cell.key: store.find(cell.key) for cell in expansion.cells()}
    rows = [cell_row(study, row, records[row.cell.key], errors) for row in expansion.rows]
    moved = influences(rows, predictions, data.info.metric)
    found: Estimates = estimate(rows, design_of(study, rows), data.info.metric, moved)
    audit = audit_part(expansion.audits, records, store, found.arms, kept_by(study.filter, rows))
    isolation = _isolation(study, expansion, records)
    unaudited = [_reason(cell, errors) for cell in expansion.audits if not records[cell.key]]
    return Report(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        study=study.key,
        task=_task_part(study.task, data),
        generator=_generator_part(study),
        classifier=Component(**study.classifier.as_dict()),
        profile=ProfilePart(name=study.profile.name, settings=study.profile.settings()),
        protocol=Component(**study.protocol.as_dict()),
        filter=Component(**study.filter.as_dict()),
        environment=describe(device, isolation),
        cells=rows,
        arms=found.arms,
        real_curve=found.real_curve,
        equivalence=found.equivalence,
        law=found.law,
        scaling=found.scaling,
        tost=found.tost,
        controls=found.controls,
        audit=audit,
        cost=_cost(expansion, records),
        warnings=warn(study, data, rows, found, audit, isolation=isolation, unaudited=unaudited),
        reproduce=reproduce(study),
    )


def _generator_part(study: Study) -> GeneratorPart:
    given = study.given
    return GeneratorPart(
        **{**study.generator.as_dict(), "params": _told(study.generator)},
        track=study.generator.facts["track"],
        weights=[
            WeightsPart(
                name=w.name,
                source=own_name(w.source) if is_local(w.source) else w.source,
                revision=w.revision,
                digest=w.digest,
            )
            for w in given.weights
        ],
        other_images=OtherImagesPart(
            source=given.images.source, count=given.images.count, data_digest=given.images.digest
        )
        if given.images
        else None,
    )


def _told(spec: ComponentSpec) -> dict[str, Any]:
    """The parameters as a report tells them: of a path, its last part."""
    told: dict[str, Any] = spec.as_dict()["params"]
    local = places(spec) if spec.kind == "generators" else {}
    return {key: own_name(value) if key in local else value for key, value in told.items()}


def _isolation(study: Study, expansion: Expansion, records: Mapping[str, Record | None]) -> str | None:
    """How the generator under study was kept, by its worst record."""
    cells = [c for c in expansion.cells() if c.stage in ("fit", "pool") and c.component == study.generator]
    found = {record.result.get("isolation") for cell in cells if (record := records[cell.key])}
    told = sorted((text for text in found if text), key=lambda text: not text.startswith("not"))
    return told[0] if told and None not in found else None


def design_of(study: Study, rows: Sequence[CellRow]) -> Design:
    """What was decided before any result."""
    headline = headline_size(rows, study.n_real, study.profile)
    return Design(study.n_real, headline, study.task.name, study.generator.name, study.protocol.create())


def reproduce(study: Study) -> str:
    """The command that runs this study again, with every parameter that differs from its default."""
    parts = ["gda-bench run", f"--task {_spelled(study.task)}", f"--generator {_spelled(study.generator)}"]
    parts += [f"--classifier {_spelled(study.classifier)}", f"--profile {study.profile.name}"]
    if study.protocol.name != "concat":
        parts.append(f"--protocol {_spelled(study.protocol)}")
    if study.filter.name != "none":
        parts.append(f"--filter {_spelled(study.filter)}")
    shipped, ours = load_profile(study.profile.name).settings(), study.profile.settings()
    for key, value in ours.items():
        if value != shipped.get(key) and key not in ("generators", "classifiers"):
            parts.append(f"--seeds {value}" if key == "seeds" else f"--set '{key}={_flow(value)}'")
    return " ".join(parts)


def _spelled(spec: ComponentSpec) -> str:
    entry = BUILTIN[spec.kind].get(spec.name)
    preset = entry.preset if entry else {}
    told = [
        f"{key}={_flow(value)}"
        for key, value in _told(spec).items()
        if key not in preset and value != spec.defaults[key]
    ]
    name = own_name(spec.target) if spec.file_digest else spec.name  # file.py:Class, from the file's folder
    return f"{name}:{','.join(told)}" if told else name


def _flow(value: Any) -> str:
    import yaml

    return yaml.safe_dump(value, default_flow_style=True, width=10_000).removesuffix("\n...\n").strip()


def cell_row(study: Study, row: Row, record: Record | None, errors: Mapping[str, str]) -> CellRow:
    """A row of the report from the record of its cell, or why there is none."""
    error = _reason(row.cell, errors)
    return CellRow(
        arm=row.arm,
        n_real=row.n_real,
        n_synth=row.n_synth,
        seed=row.cell.seed,
        status="ok" if record else "failed" if error else "missing",
        metrics=dict(record.result["metrics"]) if record else None,
        n_test=record.result["n_test"] if record else None,
        n_kept=record.result.get("kept") if record and study.filter.name != "none" else None,
        wall_s=round(record.wall_s, 3) if record else None,
        key=row.cell.key,
        error=None if record else error,
    )


def _reason(cell: Cell, errors: Mapping[str, str]) -> str | None:
    """Its error, or that of what it needs, for a cell that never ran; None where it was not tried."""
    return errors.get(cell.key) or next(filter(None, (_reason(need, errors) for need in cell.needs)), None)


def _task_part(spec: ComponentSpec, data: TaskData) -> TaskPart:
    info = data.info.as_dict()
    del info["name"]
    return TaskPart(
        **spec.as_dict(),
        **info,
        train_counts=data.counts(data.train),
        test_counts=data.counts(data.test),
        data_digest=data.digest,
        groups=data.groups,
        repeats=RepeatsPart(**asdict(data.repeats)),
        files=[DataSource(path=own_name(f.path), state=f.state, digest=f.digest, note=f.note) for f in data.files],
    )


def _cost(expansion: Expansion, records: Mapping[str, Record | None]) -> list[StageCost]:
    """What the cells took when they were computed, reused ones included, by stage and component."""
    groups: dict[tuple[str, str, str], list[Record]] = {}
    for cell in expansion.cells():
        if record := records[cell.key]:
            groups.setdefault((cell.stage, record.component, record.device), []).append(record)
    return [
        StageCost(
            stage=stage,  # type: ignore[arg-type]
            component=component,
            cells=len(found),
            wall_s=round(sum(r.wall_s for r in found), 3),
            cpu_s=round(sum(r.cpu_s for r in found), 3),
            peak_memory_mb=round(max(r.peak_memory_mb for r in found), 1),
            device=device_name(device) if device == "cpu" else device,
        )
        for (stage, component, device), found in groups.items()
    ]
