"""From a request to its reports: the one road that the CLI and Python share."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from gda_bench.api import DataMissingError, Task, UserError
from gda_bench.executors import Executor, create_executor
from gda_bench.executors.worker import Worker
from gda_bench.given import find_given, other_task
from gda_bench.isolation import Isolation
from gda_bench.registry import (
    BUILTIN,
    ComponentSpec,
    Kind,
    expand_group,
    find,
    load_target,
    resolve,
    split_spec,
    unsupported,
)
from gda_bench.stages import Cell
from gda_bench.store import Store
from gda_bench.study.expand import expand
from gda_bench.study.forecast import Forecast
from gda_bench.study.layout import base_size
from gda_bench.study.profile import load_profile
from gda_bench.study.request import Request
from gda_bench.study.run import Observer, Progress, Silent, all_cells, run_cells
from gda_bench.study.spec import Study
from gda_bench.task_data import load_task, missing_files

if TYPE_CHECKING:
    from gda_bench.report.model import Report

CONTROLS = ("copy", "oracle")


@dataclass
class Session:
    """A request with its names resolved and its data found. Use as a context: a store that is not to be kept goes."""

    request: Request
    device: str
    studies: list[Study]
    store: Store
    executor: Executor
    progress: Progress = field(default_factory=Progress)
    _cleanup: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._cleanup.close()

    @property
    def worker(self) -> Worker:
        """What each cell runs with."""
        return Worker(self.store.root, self.request.data_dir, self.device, self.request.policy, self.isolation)

    @property
    def isolation(self) -> Isolation:
        """How the generators' processes are kept."""
        return Isolation(self.request.isolation, self.studies[0].profile.limits.imposed())

    @property
    def workers(self) -> int:
        """About how many cells run side by side."""
        return self.executor.workers(self.device)

    def cells(self) -> list[Cell]:
        """All cells, needs first."""
        return all_cells(self.studies)

    def forecast(self) -> Forecast:
        """What the store knows about times."""
        forecast = Forecast(self.device)
        forecast.learn_store(self.store)
        return forecast

    def run(self, observer: Observer | None = None) -> list[tuple[Report, Path]]:
        """Run what lacks, then write a report for each study; a report's folder comes with it.

        A study whose profile asks for it is given more seeds until its answer is sharp.
        """
        _writable(self.request.out)
        forecast, observer = self.forecast(), observer or Silent()
        while cells := [cell for cell in self.cells() if cell.key not in self.progress.outcomes]:
            observer.planned(cells, forecast, self.workers)
            run_cells(cells, self.worker, self.executor, observer=observer, progress=self.progress, forecast=forecast)
            self.studies = [self._sharpened(study) for study in self.studies]
        return [self._report(study) for study in self.studies]

    def _sharpened(self, study: Study) -> Study:
        if study.profile.adaptive is None:
            return study
        from gda_bench.study.sharpen import sharpened  # with the estimators, which a report that stands does without

        return sharpened(study, study.profile.adaptive, load_task(study.task, self.request.data_dir), self.store)

    def _report(self, study: Study) -> tuple[Report, Path]:
        from gda_bench.study.standing import remember, standing

        folder = self.request.out / study.folder_name
        nothing_new = self.progress.count("reused") == len(self.progress.outcomes)
        if nothing_new and (report := standing(study, folder, self.store, self.device)):
            return report, folder
        report = self._written(study, folder)
        remember(study, folder, self.store, self.device)
        return report, folder

    def _written(self, study: Study, folder: Path) -> Report:
        from gda_bench.report.write import write
        from gda_bench.study.assemble import assemble
        from gda_bench.study.predictions import gather

        errors = {key: o.error for key, o in self.progress.outcomes.items() if o.status == "failed" and o.error}
        data = load_task(study.task, self.request.data_dir)
        predictions = gather(expand(study).rows, data, self.store)
        report = assemble(study, data, self.store, predictions=predictions, device=self.device, errors=errors)
        try:
            write(report, folder, predictions)
        except OSError as error:
            raise UserError(
                f"the report cannot be written to {folder} ({error.strerror}); the cells are kept: free some space, or "
                "give another folder with --out, and run the same command again"
            ) from None
        return report


def open_session(request: Request) -> Session:
    """Resolve every name, find the data and open the store. Raises UserError before any work is done."""
    check_names(request)
    with ExitStack() as cleanup:
        executor = cleanup.enter_context(create_executor(request.executor, request.workers, request.address))
        device = choose_device(request.device, executor)
        studies = _studies(request, device)
        root = request.store
        if request.policy == "never":
            if request.address:  # where all nodes see it
                root.mkdir(parents=True, exist_ok=True)
            place = root if request.address else None
            root = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="gda-bench-", dir=place)))
        store = Store(root)
        store.open()
        return Session(request, device, studies, store, executor, _cleanup=cleanup.pop_all())


def _studies(request: Request, device: str) -> list[Study]:
    isolation = Isolation(request.isolation)
    if isolation.mode == "require":  # and cannot be had: told before any foreign code is loaded
        isolation.enforcement(device)
    changes = {**request.set, **({"seeds": request.seeds} if request.seeds else {})}
    profile = load_profile(request.profile or ("standard" if device.startswith("cuda") else "quick"), changes)
    generators = [resolve("generators", text, profile.generators, isolation) for text in request.generator]
    classifiers = [resolve("classifiers", text, profile.classifiers) for text in request.classifier]
    protocol, chosen = resolve("protocols", request.protocol), resolve("filters", request.filter)
    for classifier in classifiers:
        _heeded(protocol, classifier)
    controls = {name: resolve("generators", name) for name in CONTROLS}
    for generator in generators:
        _of_its_track(generator)
    tasks = resolve_tasks(request.task)
    others = [other for generator in generators if (other := other_task(generator))]
    find_data([*tasks, *others], request.data_dir)
    studies = []
    for task in tasks:
        data = load_task(task, request.data_dir)
        for component in (*generators, *classifiers):
            if reason := unsupported(
                component.kind, component.target, component.params, data.info.as_dict(), isolation
            ):
                raise UserError(f"{component.name} cannot serve {task.name}: {reason}")
        counts = tuple(data.counts(data.train))
        n = base_size(profile, sum(counts))
        spare = tuple(data.spare(n, profile.most_seeds))
        for generator in generators:
            given = find_given(generator, data, n, request.data_dir)
            studies += [
                Study(
                    task, generator, classifier, protocol, chosen, profile, controls, data.digest, counts, spare, given
                )
                for classifier in classifiers
            ]
    return studies


def check_names(request: Request) -> None:
    """Raises UserError on a name that nothing has; loads no component, so that a slip of the finger is told at once."""
    load_profile(request.profile or "quick", request.set)
    tasks = [name for text in request.task for name in expand_group(text)]
    named: dict[Kind, list[str]] = {
        "tasks": tasks,
        "generators": request.generator,
        "classifiers": request.classifier,
        "protocols": [request.protocol],
        "filters": [request.filter],
    }
    for kind, texts in named.items():
        for text in texts:
            name, _ = split_spec(text)
            if ".py:" not in name:
                find(kind, name)


def _of_its_track(generator: ComponentSpec) -> None:
    """Raises UserError where a generator asks for more than its track may have."""
    facts = generator.facts
    if facts["needs_held_out"] and facts["track"] != "control":
        raise UserError(
            f"generator {generator.name} asks for held-out real images, which only a control may have: "
            'remove needs_held_out, or declare track = "control"'
        )
    for what, there in {"weights": facts["weights"], "other images": facts["other_images"]}.items():
        if there and not facts["open_class"]:
            raise UserError(
                f"generator {generator.name} of the {facts['track']} track asks for {what}, which only an open-set one "
                'may have: declare track = "open", or ask for none'
            )


def _heeded(protocol: ComponentSpec, classifier: ComponentSpec) -> None:
    """Raises UserError where a classifier would ignore what a protocol lays out for it."""
    if ignored := sorted(protocol.create().demands - load_target(classifier.target).heeds):
        raise UserError(
            f"protocol {protocol.name} cannot train {classifier.name}, which does not heed the {' and '.join(ignored)} "
            "of its batches: choose another protocol, or a classifier that declares them in `heeds`, as cnn does"
        )


def resolve_tasks(texts: Sequence[str]) -> list[ComponentSpec]:
    """Tasks of names, groups and comma lists, each once."""
    found: dict[str, ComponentSpec] = {}
    for text in texts:
        for name in expand_group(text):
            spec = resolve("tasks", name)
            found.setdefault(repr(spec.identity()), spec)
    if not found:
        raise UserError(f"no task is named; for example --task {next(iter(BUILTIN['tasks']))}")
    return list(found.values())


def find_data(tasks: Sequence[ComponentSpec], data_dir: Path) -> None:
    """Fetch what is missing. Raises DataMissingError, which names every file that is not there and where it belongs."""
    created: list[tuple[ComponentSpec, Task]] = [(spec, spec.create()) for spec in tasks]
    lacking = [(spec, task) for spec, task in created if missing_files(task, data_dir)]
    for _, task in lacking:
        try:
            task.prepare(data_dir)
        except DataMissingError as error:
            still = [path for _, other in lacking for path in missing_files(other, data_dir)]
            if len(lacking) == 1:
                raise
            folders = sorted({str(path.parent) for path in still})
            raise DataMissingError(
                f"{len(still)} files are missing and cannot be fetched: put {', '.join(p.name for p in still)} into "
                f"{' and '.join(folders)}, or give their folder with --data-dir ({error})"
            ) from None


def choose_device(name: str, executor: Executor) -> str:
    """A torch device name; `auto` is the GPU where the executor has one for its cells."""
    if name == "cpu":
        return name
    if name != "auto" and not name.startswith("cuda"):
        raise UserError(f"unknown device {name!r}: auto, cpu or cuda")
    lacking = executor.why_no_gpu()
    if name == "auto":
        return "cpu" if lacking else "cuda"
    if lacking:
        raise UserError(f"--device {name}: {lacking}; use --device cpu")
    return name


def _writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UserError(
            f"reports cannot be written to {folder} ({error.strerror}); give another folder with --out"
        ) from None
