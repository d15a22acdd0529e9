"""What the torch classifiers share: uint8 images on the device, augmentation in batches, one step for each batch."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gda_bench.api import F32, U8, Batch, Batches, Classifier, Demand, Phase, RunContext, TaskInfo
from gda_bench.api.torch_tools import autocast, seeded

PREDICT_BATCH = 512


class TorchClassifier(Classifier):
    """A network trained by AdamW under a one-cycle schedule, with random shifts of the images.

    lr: peak learning rate. weight_decay, label_smoothing: the usual. shift: largest shift in pixels, edge pixels
    repeated; None for a sixteenth of the shorter side, so none at 8 px, where a pixel is much.
    flip: mirror left and right at random; off, since it changes the meaning of digits, letters and of organs that
    have a side.
    """

    heeds: ClassVar[frozenset[Demand]] = frozenset({"weights", "phases"})

    def __init__(
        self,
        *,
        lr: float = 2e-3,
        weight_decay: float = 0.05,
        label_smoothing: float = 0.0,
        shift: int | None = None,
        flip: bool = False,
    ) -> None:
        self.lr, self.weight_decay, self.label_smoothing = lr, weight_decay, label_smoothing
        self.shift, self.flip = shift, flip

    def supports(self, task: TaskInfo) -> str | None:
        if task.is_signal:
            return "its networks look at pictures, and a signal is one pixel high: use resnet1d"
        return None

    @abstractmethod
    def build(self, task: TaskInfo) -> nn.Module:
        """The untrained network: (N, C, H, W) in [-1, 1] to logits (N, K)."""

    def fit(self, batches: Batches, task: TaskInfo, ctx: RunContext) -> None:
        self.device = ctx.device
        shift = min(task.shape[:2]) // 16 if self.shift is None else self.shift
        x = torch.from_numpy(batches.x).to(ctx.device).permute(0, 3, 1, 2).contiguous()
        y = torch.from_numpy(batches.y).to(ctx.device)
        with seeded(ctx.seed, ctx.device):
            self.network = self.build(task).to(ctx.device).to(memory_format=torch.channels_last)
            self.network.train()
            for step, batch in enumerate(batches):
                if batch.phase:
                    optimizer, schedule = self._begin(batch.phase)
                i = torch.from_numpy(batch.index).to(ctx.device)
                images = augment(_scaled(x[i]), shift, self.flip)
                with autocast(ctx.device):
                    logits = self.network(images)
                loss = self._loss(logits.float(), y[i], batch)
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                optimizer.step()
                schedule.step()
                if step % 20 == 0:
                    ctx.progress(step / len(batches))

    def _begin(self, phase: Phase) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
        if phase.new_head:
            self.reset_head()
        lr = self.lr * phase.lr
        optimizer = torch.optim.AdamW(self.network.parameters(), lr=lr, weight_decay=self.weight_decay)
        # in 5 steps a warm-up of a fifth would end before it began, and torch divides by its length
        warm_up = 0.4 if phase.steps == 5 else 0.2
        return optimizer, torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, phase.steps, pct_start=warm_up)

    def _loss(self, logits: Tensor, y: Tensor, batch: Batch) -> Tensor:
        if (batch.weight == 1).all():
            return F.cross_entropy(logits, y, label_smoothing=self.label_smoothing)
        loss = F.cross_entropy(logits, y, label_smoothing=self.label_smoothing, reduction="none")
        return (loss * torch.from_numpy(batch.weight).to(loss.device)).mean()

    def predict_proba(self, x: U8) -> F32:
        return np.concatenate([logits.double().softmax(1).float().cpu().numpy() for logits in self._logits(x)])

    def features(self, x: U8) -> F32:
        """What the head's last layer reads, float32 (N, D); the mean over places where it reads a map."""
        seen: list[Tensor] = []
        last = [module for module in self.head.modules() if isinstance(module, nn.Linear | nn.Conv2d)][-1]
        hook = last.register_forward_pre_hook(lambda _, inputs: seen.append(_flat(inputs[0].float().cpu())))
        try:
            for _ in self._logits(x):
                pass
        finally:
            hook.remove()
        return torch.cat(seen).numpy()

    @property
    def head(self) -> nn.Module:
        """What turns features into logits: the network's last linear layer, unless a subclass knows better."""
        return [module for module in self.network.modules() if isinstance(module, nn.Linear)][-1]

    def reset_head(self) -> None:
        """Initialise the head anew, from torch's global generator."""
        for module in self.head.modules():
            if callable(reset := getattr(module, "reset_parameters", None)):
                reset()

    def _logits(self, x: U8) -> Iterator[Tensor]:
        self.network.eval()
        for start in range(0, len(x), PREDICT_BATCH):
            part = torch.from_numpy(x[start : start + PREDICT_BATCH]).to(self.device).permute(0, 3, 1, 2)
            with torch.inference_mode(), autocast(self.device):
                logits: Tensor = self.network(_scaled(part))
            yield logits


def augment(x: Tensor, shift: int, flip: bool) -> Tensor:
    """Shift each image (N, C, H, W) by up to `shift` pixels either way, and mirror half of them if asked."""
    if shift:
        n, _, height, width = x.shape
        padded = F.pad(x, (shift, shift, shift, shift), mode="replicate")
        top = torch.randint(2 * shift + 1, (n, 1), device=x.device) + torch.arange(height, device=x.device)
        left = torch.randint(2 * shift + 1, (n, 1), device=x.device) + torch.arange(width, device=x.device)
        image = torch.arange(n, device=x.device)[:, None, None]
        x = padded.permute(0, 2, 3, 1)[image, top[:, :, None], left[:, None, :]].permute(0, 3, 1, 2)
    if flip:
        x = torch.where(torch.rand(len(x), 1, 1, 1, device=x.device) < 0.5, x.flip(3), x)
    return x


def _flat(x: Tensor) -> Tensor:
    """(N, D) from (N, D) or from a map (N, D, H, W)."""
    return x.flatten(2).mean(2) if x.ndim > 2 else x


def _scaled(x: Tensor) -> Tensor:
    return x.float().div(127.5).sub(1).contiguous(memory_format=torch.channels_last)
