"""Trainings alike in all but seed and images, as one: every weight of every network has a replica axis in front.

A small network on a small batch keeps a GPU waiting for its next kernel. With the weights stacked, each kernel does the
work of all replicas: convolutions become grouped ones (torch.func.vmap). Each replica draws its chance from a stream of
its own, in the order in which it would alone, so that it learns what it would learn alone, but for rounding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy

import torch
from torch import Tensor
from torch.func import functional_call, stack_module_state, vmap

from gda_bench.api import Batch, Batches, RunContext, TaskInfo
from gda_bench.api.torch_tools import autocast, seeded
from gda_classifiers.augment import Target
from gda_classifiers.loss import cross_entropy
from gda_classifiers.training import TELL_EVERY, Read, TorchClassifier


class _Stream:
    """A place in torch's global random streams, from which a replica goes on where it was."""

    def __init__(self, device: str) -> None:
        self._gpu = device if device.startswith("cuda") else None
        self._keep()

    @contextmanager
    def resumed(self) -> Iterator[None]:
        torch.set_rng_state(self._cpu_state)
        if self._gpu:
            torch.cuda.set_rng_state(self._gpu_state, self._gpu)
        yield
        self._keep()

    def _keep(self) -> None:
        self._cpu_state = torch.get_rng_state()
        if self._gpu:
            self._gpu_state = torch.cuda.get_rng_state(self._gpu)


def train_together(
    classifiers: Sequence[TorchClassifier],
    batches: Sequence[Batches],
    task: TaskInfo,
    contexts: Sequence[RunContext],
) -> None:
    """`fit` of classifiers with equal parameters, each on its own batches, as many and as large, of a single phase."""
    device = contexts[0].device
    with seeded(contexts[0].seed, device):  # and afterwards the streams are as they were
        replicas = [_begun(*each, task) for each in zip(classifiers, batches, contexts, strict=True)]
        parameters, buffers = stack_module_state([classifier.network for classifier in classifiers])
        skeleton = deepcopy(classifiers[0].network).to("meta")

        def forward(weights: dict[str, Tensor], state: dict[str, Tensor], x: Tensor) -> Tensor:
            out: Tensor = functional_call(skeleton, (weights, state), (x,))
            return out

        together = vmap(forward)
        first = classifiers[0]
        for step, of_all in enumerate(zip(*batches, strict=True)):
            if of_all[0].phase:
                optimizer, schedule = first.begin(parameters.values(), of_all[0].phase)
            x, targets = zip(*(read(batch) for read, batch in zip(replicas, of_all, strict=True)), strict=True)
            with autocast(device):
                logits = together(parameters, buffers, torch.stack(x))
            losses = [
                cross_entropy(own.float(), target, first.label_smoothing)
                for own, target in zip(logits, targets, strict=True)
            ]
            optimizer.zero_grad(set_to_none=True)
            torch.stack(losses).sum().backward()
            optimizer.step()
            schedule.step()
            if step % TELL_EVERY == 0:
                for ctx in contexts:
                    ctx.progress(step / len(batches[0]))
    for i, classifier in enumerate(classifiers):
        learnt = {name: value[i].detach() for name, value in {**parameters, **buffers}.items()}
        classifier.network.load_state_dict(learnt)


def _begun(classifier: TorchClassifier, batches: Batches, ctx: RunContext, task: TaskInfo) -> Read:
    """As `fit` begins; what reads a batch, by the chance of this replica alone."""
    classifier.device, classifier.temperature = ctx.device, 1.0
    torch.manual_seed(ctx.seed)
    read = classifier.prepare(batches, task, ctx)
    stream = _Stream(ctx.device)

    def read_on(batch: Batch) -> tuple[Tensor, list[Target]]:
        with stream.resumed():
            return read(batch)

    return read_on
