"""The training loop of the GANs here: hinge loss, one set of augmentations for real and drawn images, averaged
weights of the generator, and a stopping rule that sees only the n images."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gda_bench.api import Images, RunContext
from gda_bench.api.torch_tools import autocast, on_device, to_unit, unit
from gda_generators.balance import BalancedDraw
from gda_generators.diffaugment import DiffAugment
from gda_generators.ema import EMA
from gda_generators.kernel_distance import KernelDistance

HELD_BACK_SAMPLES = 512
"""Images drawn at each look of the stopping rule, at least two for each held-back one."""
SAMENESS_IMAGES = 500
"""Real images of a class, at most, whose distances are taken."""
NOISE = 0.1
"""Standard deviation, in units of [-1, 1], of the step along which the discriminator's slope is measured."""


class Judgement(NamedTuple):
    """score: (N,), above 0 for real. classes: logits (N, K) of a classification head, None without one."""

    score: Tensor
    classes: Tensor | None = None


class GeneratorNetwork(nn.Module):
    """forward(z, y): images (N, C, H, W) in [-1, 1] from noise z (N, latent) and labels y (N,)."""

    latent: int

    def draw_z(self, n: int, device: str) -> Tensor:
        """(n, latent)."""
        return torch.randn(n, self.latent, device=device)


def train_pair(
    generator: GeneratorNetwork,
    discriminator: nn.Module,
    kept: Images,
    held: Images,
    ctx: RunContext,
    *,
    steps: int,
    batch_size: int,
    lr: float,
    lr_discriminator: float,
    slope_penalty: float,
    augment: DiffAugment,
    class_weight: float,
    diversity_weight: float,
    half_life: float,
    check_every: int,
    patience: int,
) -> None:
    """Leave in both networks what they were at the least kernel distance between draws and the held-back images.

    discriminator(x, y): a Judgement of images (N, C, H, W) for labels (N,).
    slope_penalty: weight of the squared difference of scores between a real image and the same with noise, over the
    noise's variance; in the limit of small noise this is the R1 penalty (Mescheder et al. 2018) with a gamma of twice
    the weight, without second derivatives (Lin et al. 2025, arXiv 2501.08316).
    class_weight: of the classification head's cross-entropy, on real images for the discriminator and on drawn ones
    for the generator. diversity_weight: of what two draws of a class differ less than two real images of it do, see
    _Sameness. half_life: of the generator's weight average, in steps. The distance is looked at every `check_every`
    steps; training ends after `steps`, or after `patience` looks without a new minimum.
    """
    device = ctx.device
    x, y = on_device(kept.x, device), torch.from_numpy(kept.y).to(device)
    draw = BalancedDraw(y)
    g_optimizer = torch.optim.Adam(generator.parameters(), lr=lr, betas=(0.0, 0.99), fused=True)
    d_optimizer = torch.optim.Adam(discriminator.parameters(), lr=lr_discriminator, betas=(0.0, 0.99), fused=True)
    ema, look, sameness = EMA(generator, half_life), _Look(generator, held, ctx), _Sameness(x, y)
    best, best_step, step = float("inf"), 0, 0
    judge = {name: value.clone() for name, value in discriminator.state_dict().items()}

    def drawn(size: int) -> tuple[Tensor, Tensor]:
        labels = y[draw(-(-size // 2))].repeat(2)[:size]  # in pairs of the same class, half a batch apart
        with autocast(device):
            images = generator(generator.draw_z(size, device), labels)
        return images.float(), labels

    for step in range(1, steps + 1):
        generator.train()
        discriminator.train()
        with torch.no_grad():
            fake, fake_y = drawn(batch_size)
        i = draw(batch_size)
        d_loss = _discriminator_loss(
            discriminator,
            augment(torch.cat([unit(x[i]), fake])),
            y[i],
            fake_y,
            slope_penalty=slope_penalty,
            class_weight=class_weight,
        )
        d_optimizer.zero_grad(set_to_none=True)
        d_loss.backward()
        d_optimizer.step()

        with _frozen(discriminator):
            fake, fake_y = drawn(batch_size)
            g_loss = _generator_loss(discriminator, augment(fake), fake_y, class_weight)
            g_loss = g_loss + diversity_weight * sameness(fake, fake_y)
            g_optimizer.zero_grad(set_to_none=True)
            g_loss.backward()
        nn.utils.clip_grad_norm_(generator.parameters(), 1.0)
        g_optimizer.step()
        ema.update(step)

        if step % check_every == 0 or step == steps:
            with ema.averaged():
                distance = look()
            if distance < best:
                best, best_step = distance, step
                ema.keep()
                judge = {name: value.clone() for name, value in discriminator.state_dict().items()}
            ctx.progress(step / steps)
            if step - best_step >= patience * check_every:
                break
    if steps and math.isinf(best):
        raise ValueError("the two networks diverged before the first look: lower lr and lr_discriminator")
    ema.restore_kept()
    discriminator.load_state_dict(judge)
    ctx.note("stopped_at_step", step)
    ctx.note("kept_step", best_step)
    ctx.note("held_back_distance", best)


def _discriminator_loss(
    discriminator: nn.Module, both: Tensor, y: Tensor, fake_y: Tensor, *, slope_penalty: float, class_weight: float
) -> Tensor:
    """both: augmented images (2N, C, H, W), real ones first."""
    n, labels = len(y), [y, fake_y]
    if slope_penalty:
        real = both[:n]
        both, labels = torch.cat([both, real + NOISE * torch.randn_like(real)]), [*labels, y]
    with autocast(both.device.type):
        score, classes = discriminator(both, torch.cat(labels))
    score = score.float()
    loss = F.relu(1 - score[:n]).mean() + F.relu(1 + score[n : 2 * n]).mean()
    if slope_penalty:
        loss = loss + slope_penalty * (score[2 * n :] - score[:n]).square().mean() / NOISE**2
    if classes is not None:
        loss = loss + class_weight * F.cross_entropy(classes[:n].float(), y)
    return loss


def _generator_loss(discriminator: nn.Module, fake: Tensor, y: Tensor, class_weight: float) -> Tensor:
    with autocast(fake.device.type):
        score, classes = discriminator(fake, y)
    loss: Tensor = -score.float().mean()
    return loss if classes is None else loss + class_weight * F.cross_entropy(classes.float(), y)


class _Sameness:
    """1 - (mean distance of two draws of a class) / (that of two real images of it), at least 0.

    A conditional GAN trained on few images soon draws one image a class, whatever its noise; rewarding unlike draws
    for unlike noise prevents it (Mao et al. 2019, arXiv 1903.05628; Yang et al. 2019, arXiv 1901.09024). Here the
    reward ends where draws differ as much as the n images do, so that nothing is gained by noise. Distances are mean
    absolute differences of pixels.
    """

    def __init__(self, x: Tensor, y: Tensor) -> None:
        self.real = torch.zeros(int(y.max()) + 1, device=x.device)
        for c in y.unique():
            members = unit(x[y == c][:SAMENESS_IMAGES]).flatten(1)
            if len(members) > 1:
                self.real[c] = torch.pdist(members, 1).mean() / members.shape[1]

    def __call__(self, drawn: Tensor, y: Tensor) -> Tensor:
        """drawn: (M, C, H, W), the i-th and the (i + M/2)-th of the same label."""
        half = len(drawn) // 2
        distance = (drawn[:half] - drawn[-half:]).abs().mean((1, 2, 3)) if half else drawn.new_zeros(0)
        return F.relu(1 - distance.sum() / self.real[y[:half]].sum().clamp(min=1e-8))


@contextmanager
def _frozen(network: nn.Module) -> Iterator[None]:
    """Within, no gradient of the weights is computed."""
    network.requires_grad_(False)
    try:
        yield
    finally:
        network.requires_grad_(True)


class _Look:
    """The kernel distance of a generator's draws, from the same noise at each look, to the held-back images."""

    def __init__(self, generator: GeneratorNetwork, held: Images, ctx: RunContext) -> None:
        self.generator = generator
        held_y = torch.from_numpy(held.y).to(ctx.device)
        self.distance = KernelDistance(to_unit(held.x, ctx.device), held_y)
        self.y = held_y.repeat(max(2, HELD_BACK_SAMPLES // len(held)))
        self.z = generator.draw_z(len(self.y), ctx.device)

    @torch.inference_mode()
    def __call__(self) -> float:
        self.generator.eval()
        parts = zip(self.z.split(256), self.y.split(256), strict=True)
        return self.distance(torch.cat([self.generator(z, y) for z, y in parts]).float())
