"""The part that every text-to-image generator shares: what it asks for, and drawing class by class from prompts."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch

from gda_bench.api import I64, U8, Generator, RunContext, TaskInfo, Track, Weights
from gda_bench.api.torch_tools import autocast, seeded
from gda_generators.signals import refuse_signals
from gda_generators.text_to_image import plan
from gda_generators.text_to_image.extra import require_open_set
from gda_generators.text_to_image.pipeline import FILES, from_native, generators
from gda_generators.text_to_image.prompts import built_in, prompt, read_templates

require_open_set()

MODEL = "CompVis/stable-diffusion-v1-4"
REVISION = "133a221b8aa7292a167afc5127cb63fb5005638b"


class TextToImage(Generator):
    """Draws from prompts of class names; guidance scales are mixed evenly within every class."""

    track: ClassVar[Track] = "open"

    def __init__(self, model: str, revision: str | None, templates: str | None) -> None:
        self.model, self.templates = model, templates
        # the default revision is of the default model
        self.revision = (REVISION if model == MODEL else None) if revision is None else revision

    def draw_by(self, guidance: float | list[float], sampler_steps: int, sample_batch: int) -> None:
        """Settings of `sample`. Raises ValueError where they make none."""
        self.guidance = [float(g) for g in (guidance if isinstance(guidance, list) else [guidance])]
        self.sampler_steps, self.sample_batch = sampler_steps, sample_batch
        if not self.guidance or min(self.guidance) < 1:
            raise ValueError(f"guidance={guidance}: each scale must be at least 1")
        if sampler_steps < 1 or sample_batch < 1:
            raise ValueError(f"sampler_steps={sampler_steps} and sample_batch={sample_batch} must be at least 1")

    def weights(self) -> Mapping[str, Weights]:
        wanted = {"model": Weights(self.model, self.revision, FILES)}
        if self.templates:
            wanted["templates"] = Weights(self.templates)
        return wanted

    def supports(self, task: TaskInfo) -> str | None:
        if refused := refuse_signals(task, "text-to-image models draw pictures"):
            return refused
        if self.templates:
            try:
                read_templates(Path(self.templates))
            except ValueError as error:
                return str(error)
        return None

    def sample(self, labels: I64, ctx: RunContext) -> U8:
        pipe = self.pipeline(ctx)
        rank, scales = plan.ranks(labels), np.array(self.guidance)
        guidance = scales[plan.cycle(rank, len(scales))]
        template = plan.cycle(rank, len(self.prompts), every=len(scales))
        texts = [prompt(self.prompts[t], self.classes[c]) for t, c in zip(template, labels, strict=True)]
        rng = ctx.rng()
        seeds = rng.integers(2**62, size=len(labels))
        extra = self.extra(labels, rank, rng)
        groups = [(float(g), self.group(int(c))) for g, c in zip(guidance, labels, strict=True)]
        out, done = np.empty((len(labels), *self.shape), np.uint8), 0
        with seeded(ctx.seed, ctx.device), torch.inference_mode(), autocast(ctx.device):
            for at in plan.batches(groups, self.sample_batch):
                drawn = pipe(
                    [texts[i] for i in at],
                    guidance_scale=groups[at[0]][0],
                    num_inference_steps=self.sampler_steps,
                    generator=generators(seeds[at]),
                    output_type="pt",
                    **self.prepare(pipe, int(labels[at[0]]), {name: value[at] for name, value in extra.items()}),
                )
                out[at] = from_native(drawn.images, self.shape)
                done += len(at)
                ctx.progress(done / len(labels))
        return out

    @abstractmethod
    def pipeline(self, ctx: RunContext) -> Any:
        """The pipeline with all that was learnt in it, on the device."""

    def extra(self, labels: I64, rank: I64, rng: np.random.Generator) -> Mapping[str, Any]:
        """More arrays (M, ...) that `prepare` is handed the parts of."""
        return {}

    def group(self, label: int) -> Hashable:
        """Samples of unlike groups are not drawn in one batch."""
        return None

    def prepare(self, pipe: Any, label: int, extra: Mapping[str, Any]) -> Mapping[str, Any]:
        """More arguments for the pipeline's next batch, all of one group."""
        return {}

    def learn_task(self, task: TaskInfo, ctx: RunContext) -> None:
        """Remember what is drawn, and by which prompts."""
        self.shape, self.classes = task.shape, list(task.classes)
        self.prompts = read_templates(ctx.weights["templates"]) if self.templates else built_in(task)

    def save_task(self, path: Path) -> None:
        found = {"shape": self.shape, "classes": self.classes, "prompts": self.prompts}
        (path / "task.json").write_text(json.dumps(found), encoding="utf-8")

    def load_task(self, path: Path) -> None:
        found = json.loads((path / "task.json").read_text(encoding="utf-8"))
        height, width, depth = found["shape"]
        self.shape, self.classes, self.prompts = (height, width, depth), found["classes"], found["prompts"]
