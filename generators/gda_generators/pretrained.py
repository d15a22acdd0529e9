"""`pretrained`: a from-scratch generator trained on other images first and then on the n: what the open-set question
is about, with nothing to download. The images are the rest of the task's training split, or another task's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

from gda_bench.api import I64, U8, Generator, Images, RunContext, TaskInfo, Track, nearest

BASES: Mapping[str, str] = {
    "cvae": "cvae:CVAE",
    "edm": "edm:EDM",
    "ddpm": "ddpm:DDPM",
    "flow": "flow:Flow",
    "dit": "dit:DiT",
    "latent-diffusion": "latent_diffusion:LatentDiffusion",
    "cgan": "cgan:CGAN",
    "vit-cgan": "vit_cgan:ViTCGAN",
}
"""Generators of this package whose second `fit` goes on from what the first left: `module:class`."""
REST = "rest"


class Pretrained(Generator):
    """Another generator, fitted on other images and then on the n.

    base: its name. images: `rest`, for all training images outside the n, or a task's name, for its training split.
    params: for the base, as in {steps: 400}; its own defaults for what is not said.
    """

    quick: ClassVar[Mapping[str, Any]] = {
        "base": "cvae",
        "params": {"steps": 3, "batch_size": 8, "channels": 8, "check_every": 2},
    }

    track: ClassVar[Track] = "open"

    def __init__(self, *, base: str = "edm", images: str = REST, params: dict[str, Any] | None = None) -> None:
        self.images = images
        cls = _base(base)
        # a base that gives other images makes this one give others too
        self.version = type(self).version + cls.version - 1  # type: ignore[misc]
        try:
            self.base = cls(**(params or {}))
        except TypeError as error:
            raise ValueError(f"params={params} do not fit {base}: {error}") from None

    def supports(self, task: TaskInfo) -> str | None:
        return self.base.supports(task)

    def other_images(self) -> str:
        return self.images

    def fit(self, train: Images, task: TaskInfo, ctx: RunContext) -> None:
        if ctx.others is None:
            raise ValueError(f"pretrained needs the images of {self.images}, and was given none")
        self.base.fit(ctx.others, self._task_of(ctx.others, task), _part(ctx, 0.0, 0.5))
        first = dict(ctx.notes)
        self.base.fit(train, task, _part(ctx, 0.5, 1.0))
        for name, value in first.items():
            ctx.note(f"pretraining_{name}", value)
        ctx.note("pretraining_images", len(ctx.others))

    def sample(self, labels: I64, ctx: RunContext) -> U8:
        return self.base.sample(labels, ctx)

    def save(self, path: Path) -> None:
        self.base.save(path)

    def load(self, path: Path) -> None:
        self.base.load(path)

    def _task_of(self, others: Images, task: TaskInfo) -> TaskInfo:
        """The other images' task: of this shape, with as many classes as they show."""
        if self.images == REST:
            return task
        classes = tuple(f"{self.images} {c}" for c in range(int(others.y.max()) + 1))
        return replace(task, name=self.images, classes=classes)


def _base(name: str) -> type[Generator]:
    if name not in BASES:
        raise ValueError(f"base={name}: {nearest(name, BASES)}")
    module, _, attribute = BASES[name].partition(":")
    found: type[Generator] = getattr(import_module(f"gda_generators.{module}"), attribute)
    return found


def _part(ctx: RunContext, start: float, end: float) -> RunContext:
    """The same surroundings, whose progress is a span of the whole."""
    return replace(ctx, progress=lambda fraction: ctx.progress(start + (end - start) * fraction))
