"""What an open-set generator is given beyond the n images: known by its content, and handed out by the engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gda_bench.api import Images, UserError, Weights
from gda_bench.others import RESIZE_RULE, apart_from, other_images
from gda_bench.registry import BUILTIN, ComponentSpec, resolve, split_spec
from gda_bench.task_data import TaskData
from gda_bench.weights import LocalWeights, find_weights, is_local, local_weights

REST = "rest"
"""In place of a task's name: the rest of the task's own training images."""


@dataclass(frozen=True, slots=True)
class GivenWeights:
    """name: the generator's own for them. source, revision: as it asked. digest: of what lies there."""

    name: str
    source: str
    revision: str | None
    digest: str


@dataclass(frozen=True, slots=True)
class GivenImages:
    """source: `rest` or a task as it was named. count: images. task, digest: the other task and its training split."""

    source: str
    count: int
    task: ComponentSpec | None = None
    digest: str | None = None

    def identity(self) -> Any:
        if self.task is None:
            return REST  # which images these are follows from the cell's task, n and seed
        return {"task": self.task.identity(), "data": self.digest, "resize": RESIZE_RULE}


@dataclass(frozen=True, slots=True)
class Given:
    """Nothing, for every generator of the closed track."""

    weights: tuple[GivenWeights, ...] = ()
    images: GivenImages | None = None

    def identity(self) -> dict[str, Any]:
        """What of it can change a result; empty where nothing is given, so that no other key depends on it."""
        found: dict[str, Any] = {}
        if self.weights:
            found["weights"] = {w.name: w.digest for w in self.weights}
        if self.images:
            found["other_images"] = self.images.identity()
        return found

    def by_content(self, generator: ComponentSpec) -> dict[str, Any]:
        """The generator's identity; a local file or folder among its parameters counts by content, not by path."""
        digests = {w.name: w.digest for w in self.weights}
        found = generator.identity()
        content = {key: f"sha256:{digests[name]}" for key, name in places(generator).items()}
        return {**found, "params": {**found["params"], **content}}

    def weights_now(self, generator: ComponentSpec, data_dir: Path) -> dict[str, LocalWeights]:
        """Where the generator finds its weights. Raises ValueError where they are no longer those of the key."""
        wanted, found = wanted_weights(generator), {}
        for known in self.weights:
            there = local_weights(wanted[known.name], data_dir)
            if there.digest != known.digest:
                raise ValueError(f"the weights {known.source} are no longer what they were when the run began")
            found[known.name] = there
        return found

    def others(self, data: TaskData, n: int, seed: int, data_dir: Path) -> Images | None:
        """The images beyond the n; never one of the task's test split."""
        if self.images is None:
            return None
        if self.images.task is None or self.images.digest is None:
            return data.train.take(data.outside(n, seed))
        return apart_from(other_images(self.images.task, data_dir, data.info.shape, self.images.digest), data.test)


def other_task(generator: ComponentSpec) -> ComponentSpec | None:
    """The task whose training split a generator asks for, if any."""
    asked = generator.facts["other_images"]
    if asked in (None, REST):
        return None
    # a task's code runs in this process: a generator may only ask for one of ours, or for one that its user typed
    if split_spec(asked)[0] not in BUILTIN["tasks"] and asked not in generator.typed.values():
        raise UserError(
            f"generator {generator.name} asks for images of {asked!r}, which is neither {REST} nor a built-in task nor "
            "what you named: name it in one of its parameters"
        )
    return resolve("tasks", asked)


def find_given(generator: ComponentSpec, data: TaskData, n: int, data_dir: Path) -> Given:
    """Fetch and look at what a generator asks for, whose other task's files are there. Raises UserError."""
    return Given(_weights(generator, data_dir), _images(generator, generator.facts["other_images"], data, n, data_dir))


def wanted_weights(generator: ComponentSpec) -> dict[str, Weights]:
    """What a generator declares in `weights`, by its own names."""
    return {name: Weights(**{**w, "files": tuple(w["files"])}) for name, w in generator.facts["weights"].items()}


def places(generator: ComponentSpec) -> dict[str, str]:
    """The parameters that say where on this machine weights lie: the weights' name by the parameter's."""
    found: dict[str, str] = {}
    for name, w in wanted_weights(generator).items():
        if is_local(w.source):
            paths = _paths(w)
            found |= {key: name for key, value in generator.params.items() if _resolved(value) in paths}
    return found


def _paths(w: Weights) -> list[Path | None]:
    """Where local weights lie: a file is asked for by its folder and its name."""
    return [_resolved(str(Path(w.source, name))) for name in ("", *w.files)]


def _resolved(value: Any) -> Path | None:
    return Path(value).expanduser().resolve() if isinstance(value, str) and value else None


def _weights(generator: ComponentSpec, data_dir: Path) -> tuple[GivenWeights, ...]:
    _typed_only(generator)
    return tuple(
        GivenWeights(name, w.source, w.revision, find_weights(w, data_dir).digest)
        for name, w in sorted(wanted_weights(generator).items())
    )


def _typed_only(generator: ComponentSpec) -> None:
    """Raises UserError where a generator asks for a path of this machine that its user did not type."""
    typed = [_resolved(value) for value in generator.typed.values() if value]
    for w in wanted_weights(generator).values():
        if is_local(w.source) and not any(path in typed for path in _paths(w)):
            raise UserError(
                f"generator {generator.name} asks for {w.source}, a path of this machine that you did not name: "
                "name it in one of its parameters"
            )


def _images(generator: ComponentSpec, source: str | None, data: TaskData, n: int, data_dir: Path) -> GivenImages | None:
    if source is None:
        return None
    task = other_task(generator)
    if task is None:
        return GivenImages(REST, len(data.train) - n)
    if task.identity() == data.spec.identity():
        raise UserError(f"generator {generator.name} asks for images of {source}, the task itself: write {REST}")
    images = task.create().load("train", data_dir)
    return GivenImages(source, len(images), task, images.digest())
