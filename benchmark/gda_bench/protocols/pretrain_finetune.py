"""`pretrain-finetune`: first the synthetic images, then, with a new head, the real ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from gda_bench.api import I64, Demand, Draw, Phase, Protocol
from gda_bench.protocols import inner_share, positive, split_steps


class PretrainFinetune(Protocol):
    """Bridged transfer (arXiv 2403.19866) within the steps of any other arm.

    pretrain: share of the steps on synthetic images, in (0, 1). lr: peak learning rate on real images, as a factor of
    the classifier's own. A budget of a single step goes to the real images.
    """

    demands: ClassVar[frozenset[Demand]] = frozenset({"phases"})

    def __init__(self, *, pretrain: float = 0.5, lr: float = 1.0) -> None:
        self.pretrain = inner_share("pretrain", pretrain)
        self.lr = positive("lr", lr)

    def phases(self, real: I64, synthetic: I64, y: I64, steps: int) -> Sequence[Phase]:
        before, after = split_steps(steps, [self.pretrain, 1 - self.pretrain])
        finetune = Phase(after, [Draw(real)], new_head=True, lr=self.lr)
        return [Phase(before, [Draw(synthetic)]), finetune] if before else [finetune]
