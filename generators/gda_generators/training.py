"""The training loop of the networks here: averaged weights, and a stopping rule that sees only the n images."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from gda_bench.api import RunContext
from gda_bench.api.replayed import Replayed, Tensors, give_gradients, take_gradients
from gda_generators.ema import EMA


def train(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    loss: Callable[[], Tensor],
    held_back_loss: Callable[[], float],
    ctx: RunContext,
    *,
    steps: int,
    half_life: float,
    check_every: int,
    patience: int,
    warm_up: int = 1,
) -> None:
    """Leave in the network the averaged weights at the minimum of the held-back loss.

    loss: of a fresh batch, differentiable, computed alike in every call (see Replayed). held_back_loss: of the images
    kept from the gradient, always at the same noise. half_life: of the weight average, in steps. The held-back loss is
    looked at every `check_every` steps; training ends after `steps`, or after `patience` looks without a new minimum.
    warm_up: steps of rising lr.
    """
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda done: min(1.0, (done + 1) / warm_up))
    ema = EMA(network, half_life)
    best, best_step, step = float("inf"), 0, 0
    parameters = [p for p in network.parameters() if p.requires_grad]

    def gradients() -> Tensors:
        found = take_gradients(parameters, loss())
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        return found

    step_gradients = Replayed(gradients, ctx.device)
    network.train()
    for step in range(1, steps + 1):
        give_gradients(parameters, step_gradients())
        optimizer.step()
        schedule.step()
        ema.update(step)
        if step % check_every == 0 or step == steps:
            network.eval()
            with ema.averaged(), torch.inference_mode():
                held_back = held_back_loss()
            network.train()
            if held_back < best:
                best, best_step = held_back, step
                ema.keep()
            ctx.progress(step / steps)
            if step - best_step >= patience * check_every:
                break
    if steps and best == float("inf"):
        raise ValueError("training diverged: the held-back loss was never a number; lower lr")
    # an optimiser moves whatever holds a gradient, also a part that a later training leaves out
    optimizer.zero_grad()
    network.eval()
    ema.restore_kept()
    ctx.note("stopped_at_step", step)
    ctx.note("kept_step", best_step)
    ctx.note("held_back_loss", best)
