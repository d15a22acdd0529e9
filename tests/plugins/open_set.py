"""Generators that ask for more than the n images, some of them without the right to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np

from gda_bench.api import I64, U8, Generator, Images, RunContext, TaskInfo, Track, Weights


class Reader(Generator):
    """Noise around grey levels that it reads in its weights: `levels.json` of a folder, or of a model at the hub."""

    track: ClassVar[Track] = "open"

    def __init__(self, *, model: str = "nobody/nothing", revision: str | None = None) -> None:
        self.model, self.revision = model, revision

    def weights(self) -> Mapping[str, Weights]:
        return {"levels": Weights(self.model, self.revision, ("levels.json",))}

    def fit(self, train: Images, task: TaskInfo, ctx: RunContext) -> None:
        ctx.note("level", float((ctx.weights["levels"] / "levels.json").read_text()))
        self.shape = task.shape

    def sample(self, labels: I64, ctx: RunContext) -> U8:
        level = float((ctx.weights["levels"] / "levels.json").read_text())
        noise = ctx.rng().normal(level, 20, (len(labels), *self.shape))
        return noise.clip(0, 255).astype(np.uint8)

    def save(self, path: Path) -> None:
        np.savez(path / "shape.npz", shape=self.shape)

    def load(self, path: Path) -> None:
        with np.load(path / "shape.npz") as f:
            self.shape = tuple(f["shape"].tolist())


class ClosedReader(Reader):
    """The same, without the right to it."""

    track: ClassVar[Track] = "closed"


class Borrower(Generator):
    """Draws the other images that it was given, whatever they show."""

    track: ClassVar[Track] = "open"

    def __init__(self, *, images: str = "rest") -> None:
        self.images = images

    def other_images(self) -> str:
        return self.images

    def fit(self, train: Images, task: TaskInfo, ctx: RunContext) -> None:
        assert ctx.others is not None
        ctx.note("others", len(ctx.others))
        ctx.note("n", len(train))
        both = {x.tobytes() for x in ctx.others.x} & {x.tobytes() for x in train.x}
        ctx.note("shared", len(both))
        self.x = ctx.others.x

    def sample(self, labels: I64, ctx: RunContext) -> U8:
        assert ctx.others is None
        return ctx.rng().choice(self.x, len(labels))

    def save(self, path: Path) -> None:
        np.savez(path / "x.npz", x=self.x)

    def load(self, path: Path) -> None:
        with np.load(path / "x.npz") as f:
            self.x = f["x"]


class ControlBorrower(Borrower):
    """The same, without the right to it."""

    track: ClassVar[Track] = "control"


class Snooper(Reader):
    """Asks for a path that its user did not name."""

    def weights(self) -> Mapping[str, Weights]:
        return {"levels": Weights(str(Path.home()), files=("*",))}


class Climber(Reader):
    """Asks for a revision that leads out of the folder of weights."""

    def weights(self) -> Mapping[str, Weights]:
        return {"levels": Weights(self.model, "..", ("levels.json",))}


class Rummager(Reader):
    """Reads a file beside those that it asked for."""

    def fit(self, train: Images, task: TaskInfo, ctx: RunContext) -> None:
        super().fit(train, task, ctx)
        (ctx.weights["levels"] / "model.bin").read_bytes()


class Summoner(Borrower):
    """Asks for the images of a task that is its own file, to have it loaded where nothing is locked."""

    def other_images(self) -> str:
        return f"{Path(__file__).parent / 'summoned.py'}:Summoned"
