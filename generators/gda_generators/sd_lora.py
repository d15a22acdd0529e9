"""`sd-lora`: a text-to-image pipeline fine-tuned on the n images by low-rank adapters, after DataDream (Kim et al.
2024, arXiv 2407.10910): rank 16 in the attention layers of U-Net and text encoder, AdamW at 1e-4, 200 epochs of batches
of 8, guidance 2. Optional: a learned word for the data set's style (bridged transfer, arXiv 2403.19866) and a sweep of
guidance scales (arXiv 2312.04567).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from gda_bench.api import I64, Images, RunContext, TaskInfo
from gda_bench.api.torch_tools import seeded
from gda_generators.text_to_image.generator import MODEL, TextToImage
from gda_generators.text_to_image.lora import adapter_state, add_adapters, choose_adapter, load_adapter_state
from gda_generators.text_to_image.pipeline import encode, load_pipeline
from gda_generators.text_to_image.style import PHRASE, add_style_word
from gda_generators.text_to_image.training import Denoising, descend, share_steps, token_ids

ALL = "all"
STYLE = "style"


class SDLora(TextToImage):
    """Low-rank adapters and prompts of class names.

    model: a local folder or a model of the hub, version 1 or 2 of Stable Diffusion, of this revision. adapter: one for
    the data set, or one a class. rank: of its matrices. epochs: passes over the n images; steps: optimiser steps in
    all, in their place. batch_size, lr: of AdamW. text_encoder: whether it is adapted too. style_steps, style_lr: of
    the learned style word; none where 0. guidance: a scale, or a list of them, mixed evenly. sampler_steps: of the
    model's own sampler. sample_batch: images drawn at once. templates: a file with prompts that hold {label}, one a
    line.
    """

    quick: ClassVar[Mapping[str, Any]] = {"steps": 2, "batch_size": 2, "rank": 2, "sampler_steps": 2}

    def __init__(
        self,
        *,
        model: str = MODEL,
        revision: str | None = None,
        adapter: Literal["dataset", "class"] = "dataset",
        rank: int = 16,
        epochs: int = 200,
        steps: int | None = None,
        batch_size: int = 8,
        lr: float = 1e-4,
        text_encoder: bool = True,
        style_steps: int = 0,
        style_lr: float = 5e-3,
        guidance: float | list[float] = 2.0,
        sampler_steps: int = 50,
        sample_batch: int = 8,
        templates: str | None = None,
    ) -> None:
        super().__init__(model, revision, templates)
        self.draw_by(guidance, sampler_steps, sample_batch)
        if rank < 1 or batch_size < 1 or min(epochs, style_steps, steps or 0) < 0:
            raise ValueError("rank and batch_size must be at least 1, and epochs, steps and style_steps at least 0")
        self.adapter, self.rank, self.epochs, self.steps = adapter, rank, epochs, steps
        self.batch_size, self.lr, self.text_encoder = batch_size, lr, text_encoder
        self.style_steps, self.style_lr = style_steps, style_lr
        self._pipe: Any = None

    def fit(self, train: Images, task: TaskInfo, ctx: RunContext) -> None:
        self.learn_task(task, ctx)
        steps = self.epochs * -(-len(train) // self.batch_size) if self.steps is None else self.steps
        pipe = load_pipeline(ctx.weights["model"], ctx.device)
        mean, std = encode(pipe, train.x, self.sample_batch)
        y = torch.from_numpy(train.y).to(mean.device)
        whole = self.style_steps + steps
        with seeded(ctx.seed, ctx.device):
            style = self._learn_style(pipe, (mean, std, y), ctx, whole)
            problem = Denoising(pipe, mean, std, y, token_ids(pipe, self.classes, self.prompts))
            self.names = [ALL] if self.adapter == "dataset" else [f"class{c}" for c in sorted(set(train.y.tolist()))]
            add_adapters(pipe, self.names, self.rank, self._parts)
            self._learn_adapters(pipe, problem, train.y, steps, ctx)
        self.state = {**adapter_state(pipe), **style}
        self._pipe = pipe

    def save(self, path: Path) -> None:
        self.save_task(path)
        save_file(self.state, path / "learnt.safetensors")

    def load(self, path: Path) -> None:
        self.load_task(path)
        self.state = load_file(path / "learnt.safetensors")
        self._pipe = None

    def pipeline(self, ctx: RunContext) -> Any:
        if self._pipe is None:
            pipe = load_pipeline(ctx.weights["model"], ctx.device)
            state = dict(self.state)
            if STYLE in state:
                add_style_word(pipe, state.pop(STYLE)).requires_grad_(False)
            names = {key.rsplit(".", 2)[1] for key in state}  # ...to_q.lora_A.<name>.weight
            add_adapters(pipe, sorted(names), self.rank, self._parts)
            load_adapter_state(pipe, state)
            self._pipe = pipe.to(ctx.device)
        return self._pipe

    def group(self, label: int) -> Hashable:
        return ALL if self.adapter == "dataset" else f"class{label}"

    def prepare(self, pipe: Any, label: int, extra: Mapping[str, Any]) -> Mapping[str, Any]:
        choose_adapter(pipe, str(self.group(label)))
        return {}

    @property
    def _parts(self) -> list[str]:
        return ["unet", "text_encoder"] if self.text_encoder else ["unet"]

    def _learn_style(
        self, pipe: Any, data: tuple[Tensor, Tensor, Tensor], ctx: RunContext, whole: int
    ) -> dict[str, Tensor]:
        """The style word, before any adapter is there; from then on every prompt ends with it."""
        if not self.style_steps:
            return {}
        word = add_style_word(pipe)
        self.prompts = [template + PHRASE for template in self.prompts]
        problem = Denoising(pipe, *data, token_ids(pipe, self.classes, self.prompts))
        steps, size, span = self.style_steps, self.batch_size, (0.0, self.style_steps / whole)
        first, last = descend([word.vector], problem, ctx, steps=steps, batch_size=size, lr=self.style_lr, span=span)
        word.requires_grad_(False)
        ctx.note("style_loss_first", first)
        ctx.note("style_loss_last", last)
        return {STYLE: word.vector.detach().cpu().clone()}

    def _learn_adapters(self, pipe: Any, problem: Denoising, y: I64, steps: int, ctx: RunContext) -> None:
        if not steps:
            return
        own = {ALL: steps} if self.adapter == "dataset" else {f"class{c}": s for c, s in share_steps(steps, y).items()}
        whole, done = self.style_steps + sum(own.values()), self.style_steps
        losses = []
        for name, count in own.items():
            part = problem if name == ALL else problem.only(int(name.removeprefix("class")))
            span = (done / whole, (done + count) / whole)
            learnt = choose_adapter(pipe, name)
            losses.append(descend(learnt, part, ctx, steps=count, batch_size=self.batch_size, lr=self.lr, span=span))
            done += count
        ctx.note("adapter_steps", sum(own.values()))
        ctx.note("loss_first", sum(first for first, _ in losses) / len(losses))
        ctx.note("loss_last", sum(last for _, last in losses) / len(losses))
