"""Cells of a report, drawn at random and run once more: does the score come out again?

The same cell on the same machine gives the same score to the bit. Another processor or library rounds otherwise, and
training carries that on, at most as far as another seed would: so a score counts as the same within three standard
deviations between seeds, of its own arm or pooled over the grid, whichever is smaller (seeds move small real sets more
than large ones, and a wide band would let an invented score pass); or within two test images, where a score can hardly
move by less.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gda_bench.errors import UserError
from gda_bench.evidence.demand import CONTROLS, profile_of
from gda_bench.evidence.recompute import cell_name
from gda_bench.executors import create_executor
from gda_bench.executors.worker import Worker
from gda_bench.given import find_given
from gda_bench.isolation import Isolation
from gda_bench.registry import BUILTIN, ComponentSpec, Kind, bind, resolve
from gda_bench.report.model import CellRow, Component, Report
from gda_bench.store import Store
from gda_bench.study.expand import expand, in_order
from gda_bench.study.layout import base_size
from gda_bench.study.request import default_data_dir
from gda_bench.study.run import Silent
from gda_bench.study.session import choose_device, find_data
from gda_bench.study.spec import Study
from gda_bench.task_data import load_task

SDS: Final = 3
IMAGES: Final = 2


@dataclass(frozen=True, slots=True)
class Again:
    """One cell. claimed, found: the primary metric; found is None where it did not run, and error says why. band: how
    far the two may lie apart."""

    name: str
    key: str
    claimed: float
    found: float | None
    band: float
    error: str = ""

    @property
    def holds(self) -> bool:
        """Whether the score came out again."""
        return self.found is not None and abs(self.found - self.claimed) <= self.band


def rerun(
    report: Report,
    count: int,
    seed: int,
    *,
    plugins: Sequence[str] = (),
    data_dir: Path | None = None,
    device: str = "auto",
) -> list[Again]:
    """Run `count` cells again in an empty store, with all that they need.

    seed: of the draw. plugins: file.py:Class, the code of components that are not built in. Raises UserError where the
    report's components are not here; a closed-set generator only, for others read what lies on their maker's machine.
    """
    folder = data_dir or default_data_dir()
    study = _study(report, plugins, folder)
    done = sorted((c for c in report.cells if c.status == "ok"), key=cell_name)
    drawn = random.Random(seed).sample(done, min(count, len(done)))
    at = {(row.arm, row.n_real, row.n_synth, row.cell.seed): row.cell for row in expand(study).rows}
    chosen = {c.key: at[c.arm, c.n_real, c.n_synth, c.seed] for c in drawn}
    isolation = Isolation("auto", study.profile.limits.imposed())
    with tempfile.TemporaryDirectory(prefix="gda-bench-") as root:
        store = Store(Path(root))
        store.open()
        executor = create_executor("local", 1)
        worker = Worker(store.root, folder, choose_device(device, executor), "missing", isolation)
        # a cell with another key is other work: running it would show nothing
        cells = in_order(cell for key, cell in chosen.items() if cell.key == key)
        errors = {o.key: o.error or o.status for o in executor.run(worker, cells, Silent())}
        return [_again(report, c, store, errors, same=chosen[c.key].key == c.key) for c in drawn]


def _again(report: Report, cell: CellRow, store: Store, errors: Mapping[str, str], *, same: bool) -> Again:
    metric, n_test = report.task.metric, sum(report.task.test_counts)
    known = [a.sd for a in report.arms if (a.arm, a.n_real, a.n_synth) == (cell.arm, cell.n_real, cell.n_synth)]
    pooled = report.real_curve.pooled_sd if report.real_curve else 0.0
    sd = min([pooled, *(found for found in known if found is not None)])
    record = store.find(cell.key)
    error = "" if record else "other code or data give it another key" if not same else errors.get(cell.key, "not run")
    return Again(
        name=cell_name(cell),
        key=cell.key,
        claimed=(cell.metrics or {})[metric],
        found=float(record.result["metrics"][metric]) if record else None,
        band=max(SDS * sd, IMAGES / n_test),
        error=error,
    )


def _study(report: Report, plugins: Sequence[str], data_dir: Path) -> Study:
    if report.generator.track != "closed":
        raise UserError(f"cells of {report.generator.name} are not run again: its track is {report.generator.track}")
    task = _component("tasks", report.task, plugins)
    generator = _component("generators", report.generator, plugins)
    if generator.facts["track"] != "closed" or generator.facts["weights"] or generator.facts["other_images"]:
        raise UserError(f"cells of {generator.name} are not run again: it asks for more than the n images")
    find_data([task], data_dir)
    data, profile = load_task(task, data_dir), profile_of(report)
    counts = tuple(data.counts(data.train))
    n = base_size(profile, sum(counts))
    return Study(
        task=task,
        generator=generator,
        classifier=_component("classifiers", report.classifier, plugins),
        protocol=_component("protocols", report.protocol, plugins),
        filter=_component("filters", report.filter, plugins),
        profile=profile,
        controls={name: resolve("generators", name) for name in CONTROLS},
        data_digest=data.digest,
        train_counts=counts,
        spare=tuple(data.spare(n, profile.most_seeds)),
        given=find_given(generator, data, n, data_dir),
    )


def _component(kind: Kind, part: Component, plugins: Sequence[str]) -> ComponentSpec:
    """What the report names, if it is here. No path from the report is opened."""
    for text in plugins:
        path, _, attribute = text.rpartition(":")
        if attribute == part.name and part.file_digest:
            spec = bind(kind, attribute, f"{Path(path).resolve()}:{attribute}", part.params)
            if spec.file_digest != part.file_digest:
                raise UserError(f"{text} is not the file that {part.name} of the report was made with")
            return spec
    if part.file_digest or part.name not in BUILTIN[kind]:
        raise UserError(f"the {kind[:-1]} {part.name} is not built in: give its code, --plugin FILE.py:{part.name}")
    return bind(kind, part.name, BUILTIN[kind][part.name].target, part.params)
