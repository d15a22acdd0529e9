"""Fine-tuning by the denoising loss, of whatever parameters of a pipeline are to learn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from gda_bench.api import I64, RunContext
from gda_bench.api.torch_tools import autocast
from gda_generators.balance import BalancedDraw
from gda_generators.text_to_image.prompts import prompt

WARM_UP_STEPS = 100


@dataclass
class Denoising:
    """The loss of a pipeline's U-Net on latents of labelled images.

    mean, std: of the images' latents, (N, c, h, w). y: int64 (N,). ids: token ids (K, T, L) of K classes in T prompts.
    """

    pipe: Any
    mean: Tensor
    std: Tensor
    y: Tensor
    ids: Tensor

    def __post_init__(self) -> None:
        from diffusers import DDPMScheduler

        self.noise_schedule = DDPMScheduler.from_config(self.pipe.scheduler.config)

    def only(self, label: int) -> Denoising:
        """Of the images of one class."""
        at = self.y == label
        return Denoising(self.pipe, self.mean[at], self.std[at], self.y[at], self.ids)

    def batch_loss(self, draw: Callable[[int], Tensor], size: int) -> Tensor:
        """Of a fresh batch; chance comes from torch's global generator."""
        i = draw(size)
        latents = self.mean[i] + self.std[i] * torch.randn_like(self.mean[i])
        steps = self.noise_schedule.config.num_train_timesteps
        t = torch.randint(steps, (size,), device=latents.device)
        template = torch.randint(self.ids.shape[1], (size,), device=latents.device)
        return self.loss(latents, self.ids[self.y[i], template], t, torch.randn_like(latents))

    def loss(self, latents: Tensor, ids: Tensor, t: Tensor, noise: Tensor) -> Tensor:
        """Mean squared error of what the U-Net predicts: the noise, or the velocity (Salimans & Ho 2022).

        latents, noise: (N, c, h, w). ids: (N, L). t: int64 (N,), steps of the noise schedule.
        """
        noisy = self.noise_schedule.add_noise(latents, noise, t)
        velocity = self.noise_schedule.config.prediction_type == "v_prediction"
        target = self.noise_schedule.get_velocity(latents, noise, t) if velocity else noise
        with autocast(latents.device.type):
            text = self.pipe.text_encoder(ids)[0]
            predicted = self.pipe.unet(noisy, t, text).sample
        error: Tensor = predicted.float() - target
        return error.pow(2).mean()


def token_ids(pipe: Any, classes: Sequence[str], templates: Sequence[str]) -> Tensor:
    """int64 (K, T, L) of every class in every template, on the pipeline's device."""
    texts = [prompt(template, label) for label in classes for template in templates]
    length = pipe.tokenizer.model_max_length
    found: Tensor = pipe.tokenizer(
        texts, padding="max_length", max_length=length, truncation=True, return_tensors="pt"
    ).input_ids
    return found.view(len(classes), len(templates), length).to(pipe.device)


def descend(
    learnt: Sequence[nn.Parameter],
    problem: Denoising,
    ctx: RunContext,
    *,
    steps: int,
    batch_size: int,
    lr: float,
    span: tuple[float, float],
) -> tuple[float, float]:
    """AdamW with a cosine schedule; mean loss over the first and over the last tenth of the steps.

    span: of the whole work's progress that this is.
    """
    from diffusers.optimization import get_cosine_schedule_with_warmup

    optimizer = torch.optim.AdamW(learnt, lr=lr, weight_decay=1e-2)
    schedule = get_cosine_schedule_with_warmup(optimizer, min(WARM_UP_STEPS, steps // 10), steps)
    draw = BalancedDraw(problem.y)
    losses = torch.empty(steps)
    for step in range(steps):
        optimizer.zero_grad(set_to_none=True)
        loss = problem.batch_loss(draw, batch_size)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learnt, 1.0)
        optimizer.step()
        schedule.step()
        losses[step] = loss.detach()
        ctx.progress(span[0] + (span[1] - span[0]) * (step + 1) / steps)
    tenth = max(1, steps // 10)
    return float(losses[:tenth].mean()), float(losses[-tenth:].mean())


def share_steps(steps: int, y: I64) -> dict[int, int]:
    """Steps of each class's own adapter: in proportion to its images, at least one."""
    values, counts = torch.from_numpy(y).unique(return_counts=True)
    return {int(c): max(1, round(steps * int(n) / len(y))) for c, n in zip(values, counts, strict=True)}
