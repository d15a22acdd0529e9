"""`sd-img2img`: real guidance (He et al. 2022, arXiv 2210.07574): the reverse process of a text-to-image pipeline
starts from a noised real image of the class, one of the n, instead of from noise alone. Nothing is trained.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from safetensors.numpy import load_file, save_file

from gda_bench.api import I64, Images, RunContext, TaskInfo
from gda_generators.text_to_image import plan
from gda_generators.text_to_image.generator import MODEL, TextToImage
from gda_generators.text_to_image.pipeline import load_pipeline, to_native

SHOTS = (1, 2, 4, 8, 16)
STRENGTHS = (0.50, 0.40, 0.35, 0.20, 0.15)
"""By images of a class: few need more noise to vary. The paper's choice of the step to start from (2nd hand)."""


class SDImg2Img(TextToImage):
    """Every real image of a class is started from equally often.

    model: a local folder or a model of the hub, version 1 or 2 of Stable Diffusion, of this revision. strength: share
    of the noise schedule, above 0 to 1: 1 keeps nothing of the real image; None: by the images of the class, 0.5 for
    a single one down to 0.15 for 16 and more. guidance: a scale, or a list of them, mixed evenly. sampler_steps: of the
    model's own sampler over the whole schedule. sample_batch: images drawn at once. templates: a file with prompts
    that hold {label}, one a line.
    """

    quick: ClassVar[Mapping[str, Any]] = {"strength": 0.5, "sampler_steps": 2}

    def __init__(
        self,
        *,
        model: str = MODEL,
        revision: str | None = None,
        strength: float | None = None,
        guidance: float | list[float] = 3.0,
        sampler_steps: int = 50,
        sample_batch: int = 8,
        templates: str | None = None,
    ) -> None:
        super().__init__(model, revision, templates)
        self.draw_by(guidance, sampler_steps, sample_batch)
        least = min(STRENGTHS) if strength is None else strength
        if not 0 < least <= 1 or least * sampler_steps < 1:
            raise ValueError(
                f"strength={strength} must be above 0 and at most 1, and leave one of {sampler_steps} sampler_steps"
            )
        self.strength = strength
        self._pipe: Any = None

    def fit(self, train: Images, task: TaskInfo, ctx: RunContext) -> None:
        self.learn_task(task, ctx)
        self.train = train
        for c in np.unique(train.y):
            ctx.note(f"strength_class{c}", self.strength_of(int(c)))

    def save(self, path: Path) -> None:
        self.save_task(path)
        save_file({"x": np.ascontiguousarray(self.train.x), "y": self.train.y}, path / "images.safetensors")

    def load(self, path: Path) -> None:
        self.load_task(path)
        found = load_file(path / "images.safetensors")
        self.train = Images(found["x"], found["y"])

    def strength_of(self, label: int) -> float:
        """Share of the noise schedule for a class: between the table's entries, linear in log shots."""
        if self.strength is not None:
            return self.strength
        shots = max(1, int((self.train.y == label).sum()))
        return float(np.interp(np.log(shots), np.log(SHOTS), STRENGTHS))

    def pipeline(self, ctx: RunContext) -> Any:
        from diffusers import StableDiffusionImg2ImgPipeline

        if self._pipe is None:
            pipe = load_pipeline(ctx.weights["model"], ctx.device)
            self._pipe = StableDiffusionImg2ImgPipeline(**pipe.components, requires_safety_checker=False)
            self._pipe.set_progress_bar_config(disable=True)
        return self._pipe

    def extra(self, labels: I64, rank: I64, rng: np.random.Generator) -> Mapping[str, Any]:
        start = np.empty(len(labels), np.int64)
        for c in np.unique(labels):
            at = labels == c
            members = rng.permutation(np.flatnonzero(self.train.y == c))
            start[at] = members[plan.cycle_beside(rank[at], len(members), len(self.guidance))]
        return {"start": start}

    def group(self, label: int) -> Hashable:
        return self.strength_of(label)

    def prepare(self, pipe: Any, label: int, extra: Mapping[str, Any]) -> Mapping[str, Any]:
        image = to_native(pipe, self.train.x[extra["start"]]) / 2 + 0.5
        return {"image": image.clamp(0, 1), "strength": self.strength_of(label)}
