"""Training that goes on from weights learnt before: on the same classes, or on others at the same image shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn


def require_same_shape(learnt: Sequence[int], wanted: Sequence[int]) -> None:
    """Raises ValueError where a network that learnt images (H, W, C) cannot go on with the wanted ones."""
    if tuple(learnt) != tuple(wanted):
        raise ValueError(
            f"the generator has learnt images of {_size(learnt)} and cannot go on with images of {_size(wanted)}: "
            "resize one of the data sets, or begin with a fresh generator"
        )


@torch.no_grad()
def load_matching(network: nn.Module, state: Mapping[str, Tensor], class_tables: Sequence[str]) -> None:
    """Copy the weights `state` into `network`, but leave its class tables as they are where the classes differ in
    number.

    class_tables: names of the submodules that hold a row for each class. Raises ValueError where any other weight is
    missing or of another size: the two networks were not built with the same parameters.
    """
    own = network.state_dict()
    differing = {name for name in own.keys() | state.keys() if _shape(own.get(name)) != _shape(state.get(name))}
    fresh = {table for table in class_tables if any(name.startswith(f"{table}.") for name in differing)}
    of_fresh = tuple(f"{table}." for table in fresh)
    if others := sorted(name for name in differing if not name.startswith(of_fresh)):
        raise ValueError(f"the weights learnt before do not fit at {others[0]}: use the parameters they came with")
    network.load_state_dict({name: own[name] if name.startswith(of_fresh) else state[name] for name in own})


def _shape(weight: Tensor | None) -> tuple[int, ...] | None:
    return None if weight is None else tuple(weight.shape)


def _size(shape: Sequence[int]) -> str:
    height, width, depth = shape
    return f"{height} x {width} px and {depth} channel{'s' if depth > 1 else ''}"
