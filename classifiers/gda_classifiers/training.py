"""What the torch classifiers share: uint8 images on the device, augmentation in batches, one step for each batch."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gda_bench.api import F32, U8, Batches, Classifier, RunContext, TaskInfo
from gda_bench.api.torch_tools import autocast, seeded

PREDICT_BATCH = 512


class TorchClassifier(Classifier):
    """A network trained by AdamW under a one-cycle schedule, with random shifts of the images.

    lr: peak learning rate. weight_decay, label_smoothing: the usual. shift: largest shift in pixels, edge pixels
    repeated; None for a sixteenth of the shorter side, so none at 8 px, where a pixel is much.
    flip: mirror left and right at random; off, since it changes the meaning of digits, letters and of organs that
    have a side.
    """

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
            optimizer = torch.optim.AdamW(self.network.parameters(), lr=self.lr, weight_decay=self.weight_decay)
            schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, self.lr, len(batches), pct_start=0.2)
            self.network.train()
            for step, index in enumerate(batches):
                i = torch.from_numpy(index).to(ctx.device)
                images = augment(_scaled(x[i]), shift, self.flip)
                with autocast(ctx.device):
                    logits = self.network(images)
                loss = F.cross_entropy(logits.float(), y[i], label_smoothing=self.label_smoothing)
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                optimizer.step()
                schedule.step()
                if step % 20 == 0:
                    ctx.progress(step / len(batches))

    def predict_proba(self, x: U8) -> F32:
        return np.concatenate([logits.double().softmax(1).float().cpu().numpy() for logits in self._logits(x)])

    def features(self, x: U8) -> F32:
        """What the last linear layer reads, float32 (N, D)."""
        seen: list[Tensor] = []
        hook = self.head.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].float().cpu()))
        try:
            for _ in self._logits(x):
                pass
        finally:
            hook.remove()
        return torch.cat(seen).numpy()

    @property
    def head(self) -> nn.Linear:
        """The network's last linear layer, which turns features into logits."""
        return [module for module in self.network.modules() if isinstance(module, nn.Linear)][-1]

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


def _scaled(x: Tensor) -> Tensor:
    return x.float().div(127.5).sub(1).contiguous(memory_format=torch.channels_last)
