"""Trainings alike in all but seed and images, as one: every weight of every network has a replica axis in front.

A small network on a small batch keeps a GPU waiting for its next kernel. With the weights stacked, each kernel does the
work of all replicas: convolutions become grouped ones (torch.func.vmap). Each replica draws its chance from a stream of
its own, in the order in which it would alone, so that it learns what it would learn alone, but for rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _BatchNorm as BatchNorm

from gda_bench.api import Batches, RunContext, TaskInfo
from gda_bench.api.replayed import Replayed, Tensors, give_gradients, take_gradients
from gda_bench.api.torch_tools import autocast, seeded
from gda_classifiers.augment import Drawn, Plain, as_tensors, targets_from
from gda_classifiers.loss import cross_entropy
from gda_classifiers.training import TELL_EVERY, TorchClassifier


class _Stream:
    """A place in the host's global random stream, from which a replica's augmentation goes on where it was."""

    def __init__(self) -> None:
        self._state = torch.get_rng_state()

    def draw(self, augment: Plain, n: int) -> Drawn:
        torch.set_rng_state(self._state)
        drawn = augment.draw(n)
        self._state = torch.get_rng_state()
        return drawn


def train_together(
    classifiers: Sequence[TorchClassifier],
    batches: Sequence[Batches],
    task: TaskInfo,
    contexts: Sequence[RunContext],
) -> None:
    """`fit` of classifiers with equal parameters, each on its own batches, as many and as large, of a single phase."""
    device = contexts[0].device
    with seeded(contexts[0].seed, device):  # and afterwards the streams are as they were
        streams = [_begun(*each, task) for each in zip(classifiers, contexts, strict=True)]
        read = classifiers[0].reader(batches, task, device)
        parameters, buffers = stack_module_state([classifier.network for classifier in classifiers])
        skeleton = _with_stacked_norms(deepcopy(classifiers[0].network).to("meta"))

        def forward(weights: dict[str, Tensor], state: dict[str, Tensor], x: Tensor) -> Tensor:
            out: Tensor = functional_call(skeleton, (weights, state), (x,))
            return out

        together = vmap(forward)
        first = classifiers[0]
        stacked = list(parameters.values())

        def gradients(x: Tensor, *labels: Tensor | None) -> Tensors:
            with autocast(device):
                logits = together(parameters, buffers, x)
            of_each = zip(*(_split(part, len(logits)) for part in labels), strict=True)
            losses = [
                cross_entropy(own.float(), targets_from(parts), first.label_smoothing)
                for own, parts in zip(logits, of_each, strict=True)
            ]
            return take_gradients(stacked, torch.stack(losses).sum())

        step_gradients = Replayed(gradients, device)
        for step, of_all in enumerate(zip(*batches, strict=True)):
            if of_all[0].phase:
                optimizer, schedule = first.begin(stacked, of_all[0].phase)
            n = len(of_all[0].index)
            x, targets = read(of_all, [stream.draw(read.augment, n) for stream in streams])
            give_gradients(stacked, step_gradients(x.unflatten(0, (-1, n)), *as_tensors(targets)))
            optimizer.step()
            schedule.step()
            if step % TELL_EVERY == 0:
                for ctx in contexts:
                    ctx.progress(step / len(batches[0]))
    for i, classifier in enumerate(classifiers):
        learnt = {name: value[i].detach() for name, value in {**parameters, **buffers}.items()}
        classifier.network.load_state_dict(learnt)


class _ChannelsOfAll(torch.autograd.Function):
    """Batch norm under vmap: the channels of all replicas are those of one, each normalised by itself, in one kernel.

    torch's own rule neither takes images and statistics of two types nor what a GPU's library asks of a layout.
    """

    generate_vmap_rule = False

    @staticmethod
    def forward(*_: Any) -> Tensor:
        raise RuntimeError("for vmap alone")

    @staticmethod
    def setup_context(*_: Any) -> None: ...

    @staticmethod
    def vmap(_: Any, dims: tuple[int | None, ...], x: Tensor, *rest: Any) -> tuple[Tensor, int]:
        *of_channels, momentum, eps = rest
        if any(dim != 0 for dim in dims[1:5]) or dims[0] is None:
            raise RuntimeError("every replica has weights and images of its own")
        x = x.movedim(dims[0], 1)  # (N, R, C, ...)
        weight, bias, mean, var = (value.flatten() for value in of_channels)
        out = F.batch_norm(x.flatten(1, 2), mean, var, weight, bias, True, momentum, eps)
        return out.unflatten(1, x.shape[1:3]), 1


def _with_stacked_norms(network: nn.Module) -> nn.Module:
    """A network in training, to be called under vmap."""
    for module in network.modules():
        if not isinstance(module, BatchNorm) or type(module).forward is not BatchNorm.forward:
            continue
        if module.affine and module.track_running_stats and module.momentum is not None:
            module.forward = partial(_normalised, module)  # type: ignore[method-assign]
    return network


def _normalised(norm: BatchNorm, x: Tensor) -> Tensor:
    assert norm.num_batches_tracked is not None
    norm.num_batches_tracked.add_(1)
    statistics = norm.weight, norm.bias, norm.running_mean, norm.running_var
    out: Tensor = _ChannelsOfAll.apply(x, *statistics, norm.momentum, norm.eps)
    return out


def _begun(classifier: TorchClassifier, ctx: RunContext, task: TaskInfo) -> _Stream:
    """As `fit` begins; where the chance of this replica alone goes on."""
    classifier.device, classifier.temperature = ctx.device, 1.0
    torch.manual_seed(ctx.seed)
    classifier.prepare(task, ctx.device)
    classifier.network.train()
    return _Stream()


def _split(labels: Tensor | None, replicas: int) -> Sequence[Tensor | None]:
    return [None] * replicas if labels is None else labels.unflatten(0, (replicas, -1)).unbind()
