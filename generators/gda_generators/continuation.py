"""Going on from weights that are there: for a generator that is fitted twice, on other images and then on the n."""

from __future__ import annotations

import torch
from torch import nn


@torch.no_grad()
def carry_over(old: nn.Module | None, new: nn.Module) -> int:
    """Copy every tensor of `old` that has a namesake of its shape in `new`; how many there were.

    What does not fit stays fresh: a class table, where the number of classes differs.
    """
    if old is None:
        return 0
    there = old.state_dict()
    fitting = {n: there[n] for n, v in new.state_dict().items() if n in there and there[n].shape == v.shape}
    new.load_state_dict(fitting, strict=False)
    return len(fitting)
