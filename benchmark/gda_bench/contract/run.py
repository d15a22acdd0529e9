"""`check`: every promise of one plugin, in turn."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from gda_bench.api import UserError
from gda_bench.contract import classifier, generator, task
from gda_bench.contract.finding import Broken, Declined, Finding
from gda_bench.isolation import IsolationError
from gda_bench.registry import bind, expand_group, kind_of, load_target, resolve, split_spec

Promise = tuple[str, Callable[[], None]]


def check(text: str, data_dir: Path) -> Iterator[Finding]:
    """The findings on a built-in name, an entry point or `file.py:Class`, each as soon as it is known.

    data_dir: where data and weights lie. Raises UserError where the plugin cannot be found or loaded at all.
    """
    name, given = split_spec(text)
    if expand_group(name) != [name]:
        raise UserError(f"{name} is a group: check its tasks one by one, as in {expand_group(name)[0]}")
    kind = kind_of(name)
    spec = resolve(kind, text)
    with tempfile.TemporaryDirectory(prefix="gda-bench-") as folder:
        promises: list[Promise]
        if kind == "generators":
            # made short as the plugin itself says; what the text says goes before that
            spec = bind(kind, spec.name, spec.target, {**spec.facts["quick"], **given})
            trial = generator.Trial(spec, Path(folder), data_dir).served()
            promises = [(p, partial(_on_trial, attempt, trial)) for p, attempt in generator.PROMISES]
        elif kind == "classifiers":
            spec = bind(kind, spec.name, spec.target, {**load_target(spec.target).quick, **given})
            promises = [(p, partial(attempt, spec)) for p, attempt in classifier.PROMISES]
        elif kind == "tasks":
            promises = [(p, partial(attempt, spec, data_dir)) for p, attempt in task.PROMISES]
        else:
            raise UserError(f"{name} is one of the {kind}; check knows generators, classifiers and tasks")
        yield from (_tried(promise, attempt) for promise, attempt in promises)


def _on_trial(attempt: Callable[[generator.Trial], None], trial: generator.Trial) -> None:
    """With a folder of its own, so that no promise finds what another left."""
    attempt(replace(trial, folder=Path(tempfile.mkdtemp(dir=trial.folder))))


def _tried(promise: str, attempt: Callable[[], None]) -> Finding:
    began = time.perf_counter()
    try:
        attempt()
    except Declined as reason:
        return Finding(promise, "declined", str(reason), time.perf_counter() - began)
    except Exception as error:  # whatever a plugin raises is a finding on it
        told = (
            str(error) if isinstance(error, Broken | UserError | IsolationError) else f"{type(error).__name__}: {error}"
        )
        return Finding(promise, "broken", told, time.perf_counter() - began)
    return Finding(promise, "kept", "", time.perf_counter() - began)
