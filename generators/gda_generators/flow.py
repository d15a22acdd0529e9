"""Rectified flow: Liu et al. 2023, "Flow Straight and Fast" (arXiv 2209.03003), also flow matching with straight
paths, Lipman et al. 2023 (arXiv 2210.02747). Symbols are Liu's: X_0 is noise, X_1 an image.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from gda_generators.unet import UNetDiffusion

TIME_SCALE = 1000.0
"""The network's embedding tells apart numbers of this size."""


@dataclass(kw_only=True, eq=False)
class Flow(UNetDiffusion):
    """A velocity v(X_t, t) that carries noise to images along lines as straight as it can.

    logit_std: training times are logit-normal with this spread (Esser et al. 2024), uniform at 0.
    sampler: `heun`, two network evaluations a step (one in the last), or `euler`, one. sampler_steps: of it.
    The others: Diffusion's and UNetDiffusion's.
    """

    version: ClassVar[int] = 2

    logit_std: float = 0.0
    sampler: Literal["heun", "euler"] = "heun"
    sampler_steps: int = 18

    def velocity(self, x: Tensor, t: Tensor, labels: Tensor, augmentation: Tensor | None = None) -> Tensor:
        """v(X_t, t): x (N, C, H, W), t (N,) from 0 (noise) to 1 (image)."""
        return self.evaluate(x, TIME_SCALE * (1 - t), labels, augmentation)

    def loss(self, x: Tensor, labels: Tensor, augmentation: Tensor | None, u: Tensor, noise: Tensor) -> Tensor:
        """Equation 1, X_1 - X_0 expected from X_t = t X_1 + (1 - t) X_0."""
        X_0, X_1 = noise, x
        t = torch.sigmoid(self.logit_std * torch.special.ndtri(u)) if self.logit_std else u
        s = t.view(-1, 1, 1, 1)
        return F.mse_loss(self.velocity(s * X_1 + (1 - s) * X_0, t, labels, augmentation), X_1 - X_0)

    def draw(self, noise: Tensor, labels: Tensor) -> Tensor:
        """dX = v(X, t) dt from t = 0 to 1."""
        x = noise
        # times stay on the host: nobody asks the GPU whether this one is the last
        for t, t_next in pairwise(torch.linspace(0, 1, self.sampler_steps + 1)):
            v = self.velocity(x, x.new_full((len(x),), float(t)), labels)
            if self.sampler == "heun" and t_next < 1:
                ahead = x + (t_next - t) * v
                v = (v + self.velocity(ahead, x.new_full((len(x),), float(t_next)), labels)) / 2
            x = x + (t_next - t) * v
        return x
