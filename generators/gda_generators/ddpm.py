"""DDPM: class-conditional diffusion after Ho et al. 2020, "Denoising Diffusion Probabilistic Models" (arXiv
2006.11239), with the cosine schedule of Nichol & Dhariwal 2021 and the target v of Salimans & Ho 2022. Samples are
drawn by diffusers' schedulers: DDIM (Song et al. 2021) or DPM-Solver++ (Lu et al. 2022). Symbols are DDPM's.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal

from torch import Tensor
from torch.nn import functional as F

from gda_generators.diffusion import Diffusion
from gda_generators.unet import UNetDiffusion

T = 1000


@dataclass(kw_only=True, eq=False)
class DDPMProcess(Diffusion):
    """q(x_t | x_0) = N(sqrt(alpha_bar_t) x_0, (1 - alpha_bar_t) I) for t = 1..T, and its way back.

    prediction: what the network is trained to tell, the noise epsilon or v = sqrt(alpha_bar) epsilon -
    sqrt(1 - alpha_bar) x_0. sampler: `ddim`, deterministic, or `dpm-solver++`, of second order. sampler_steps: network
    evaluations for an image.
    """

    prediction: Literal["epsilon", "v"] = "v"
    sampler: Literal["ddim", "dpm-solver++"] = "ddim"
    sampler_steps: int = 50
    bounded: ClassVar[bool] = True
    """Whether x_0 lies in [-1, 1], as pixels do; DDIM then clips what it expects."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.prediction == "epsilon" and self.sampler == "ddim" and not self.bounded:
            raise ValueError("prediction=epsilon needs sampler=dpm-solver++: here nothing bounds what ddim expects")

    def loss(self, x: Tensor, labels: Tensor, augmentation: Tensor | None, u: Tensor, noise: Tensor) -> Tensor:
        """Equation 14, or the same for v."""
        t = (u * T).long()
        self._alpha_bar = self._alpha_bar.to(x.device)
        alpha_bar = self._alpha_bar[t].view(-1, 1, 1, 1)
        x_t = alpha_bar.sqrt() * x + (1 - alpha_bar).sqrt() * noise
        target = noise if self.prediction == "epsilon" else alpha_bar.sqrt() * noise - (1 - alpha_bar).sqrt() * x
        return F.mse_loss(self.evaluate(x_t, t, labels, augmentation), target)

    def draw(self, noise: Tensor, labels: Tensor) -> Tensor:
        scheduler = self.scheduler()
        scheduler.set_timesteps(self.sampler_steps, device=noise.device)
        x = noise
        for t in scheduler.timesteps:
            x = scheduler.step(self.evaluate(x, t.expand(len(x)), labels), t, x).prev_sample
        return x

    def scheduler(self) -> Any:
        """A fresh one of diffusers'."""
        from gda_generators.ddpm_schedulers import scheduler  # takes seconds; see unet.py

        return scheduler(self.prediction, self.sampler, bounded=self.bounded)

    @cached_property
    def _alpha_bar(self) -> Tensor:
        table: Tensor = self.scheduler().alphas_cumprod
        return table


@dataclass(kw_only=True, eq=False)
class DDPM(DDPMProcess, UNetDiffusion):
    """The process on the U-Net. Parameters: DDPMProcess's, UNetDiffusion's and Diffusion's."""

    version: ClassVar[int] = 2
