"""Going on from weights that were learnt before: on other images, or on the same."""

from __future__ import annotations

import torch
from torch import nn


@torch.no_grad()
def inherit(network: nn.Module, learnt: nn.Module, fresh: str = "condition.classes.") -> None:
    """Copy into `network` the weights of `learnt`, a network built with the same parameters.

    fresh: part of the names of the tensors that may differ in shape, those that know the number of classes; where
    they do, they stay as `network` was initialised. Raises ValueError where another shape differs.
    """
    source = learnt.state_dict()
    for name, value in network.state_dict().items():
        old = source.get(name)
        if old is not None and old.shape == value.shape:
            value.copy_(old)
        elif fresh not in name:
            was = "nothing" if old is None else tuple(old.shape)
            raise ValueError(f"cannot go on from these weights: {name} is {tuple(value.shape)} and was {was}")
