"""The interface of a protocol: how real and synthetic images meet in classifier training."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np

from gda_bench.api.batches import Batches, Demand, Draw, Phase
from gda_bench.api.data import I64, Images


class Protocol(ABC):
    """Lays out the batches of every arm that has both real and synthetic images; arms of one kind are shuffled."""

    version: ClassVar[int] = 1
    """Part of every cache key: raise it when the same parameters lay out other batches."""
    demands: ClassVar[frozenset[Demand]] = frozenset()
    """What a classifier must heed to be trained by it; one that does not say that it does is refused."""
    exchangeable: ClassVar[bool] = False
    """Whether a real and a synthetic image are treated alike, as members of one shuffled set: then held-out real
    images in the place of synthetic ones are worth 1 each, and the `oracle` control has a known answer."""

    @abstractmethod
    def phases(self, real: I64, synthetic: I64, y: I64, steps: int) -> Sequence[Phase]:
        """Phases of `steps` batches in all, over positions in the training set.

        real: int64 (n,), n > 0, positions of the real images; synthetic: int64 (m,), m > 0. Every prefix of either has
        the class proportions of the n images. y: int64 (n + m,), the label at every position.
        """

    def used(self, n: int, m: int) -> tuple[int, int]:
        """(n_used, m_used) of n > 0 real and m > 0 synthetic images: those that the training sees, m_used > 0.

        The exchange rate of an arm is (n_eq - n_used) / m_used.
        """
        return n, m

    def control_worth(self, control: Literal["copy", "oracle"], n: int, m: int) -> float | None:
        """The exchange rate of a control by construction, None where it is not known.

        (distinct real images in the training - n_used) / m_used, where the protocol is exchangeable. Elsewhere copies
        are worth 0 as long as the layout alone does not move the score, and held-out images have no known worth.
        """
        if control == "copy":
            return 0.0
        return 1.0 if self.exchangeable else None

    def batches(self, real: Images, synthetic: Images, steps: int, batch_size: int, seed: int) -> Batches:
        """Exactly `steps` batches over the real (n,) and synthetic (m,) images.

        Where there are only images of one kind, because the arm has no others or a filter kept none, they are
        shuffled. Raises ValueError where that leaves none that the protocol would use, or where it breaks its word.
        """
        train = Images(np.concatenate([real.x, synthetic.x]), np.concatenate([real.y, synthetic.y]))
        n, at = len(real), np.arange(len(train))
        if n and len(synthetic):
            phases = self.phases(at[:n], at[n:], train.y, steps)
        elif len(synthetic) or self.used(n, 1)[0]:
            phases = [Phase(steps, [Draw(at)])]
        else:
            raise ValueError(f"there is no synthetic image, and the protocol leaves the {n} real ones out")
        built = Batches(train, phases, batch_size, seed)
        if len(built) != steps:
            raise ValueError(f"the protocol lays out {len(built)} steps, the budget is {steps}")
        if undeclared := sorted(built.demands - self.demands):
            raise ValueError(f"the protocol lays out {' and '.join(undeclared)}, which its demands do not name")
        return built
