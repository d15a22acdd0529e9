"""The arms of a study, from its sizes alone: what is run, and what a report must therefore hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from gda_bench.equivalence.grid import ArmId
from gda_bench.study.profile import Profile
from gda_bench.subsets import subset_counts
from gda_bench.task_data import pool_labels


@dataclass(frozen=True, slots=True)
class Sizes:
    """profile: the ratios. train_counts: images of each class in the training split. spare: those outside the n, in
    the replicate that has fewest. needs_held_out: the arms that add held-out real images."""

    profile: Profile
    train_counts: Sequence[int]
    spare: Sequence[int]
    needs_held_out: Mapping[str, bool] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """The base size: the profile's, or the largest that leaves room for the real curve."""
        return base_size(self.profile, sum(self.train_counts))

    def real(self) -> list[int]:
        """Sizes n' of the real curve: multiples of n that hold every class, and the whole split."""
        whole = sum(self.train_counts)
        classes = sum(1 for c in self.train_counts if c)
        sizes = {round(self.n * ratio) for ratio in self.profile.real_multiples}
        # a size that nearly is the whole split says the same twice
        room = {size for size in sizes if classes <= size <= 0.9 * whole} | {self.n}
        return sorted(room | ({whole} if self.profile.whole_split else set()))

    def control(self, arm: str) -> int | None:
        """The control's m: the headline's, or the largest of the grid below it that the held-out images allow."""
        profile = self.profile
        ratios = sorted((r for r in profile.mix_ratios if r <= profile.headline_ratio), reverse=True)
        return next(iter(self._feasible(arm, ratios)), None)

    def mix(self) -> list[int]:
        """Each m of the mixes."""
        return self._feasible("mix", self.profile.mix_ratios)

    def synthetic(self) -> list[int]:
        """Each m of synthetic images alone."""
        return self._feasible("mix", self.profile.synthetic_ratios)

    def arms(self, controls: Sequence[str]) -> list[ArmId]:
        """Every arm, in the order of a report: real, controls, mix, synthetic."""
        n = self.n
        return [
            *(ArmId("real", size, 0) for size in self.real()),
            *(ArmId(name, n, m) for name in controls if (m := self.control(name))),
            *(ArmId("mix", n, m) for m in self.mix()),
            *(ArmId("synthetic", 0, m) for m in self.synthetic()),
        ]

    def _feasible(self, arm: str, ratios: Sequence[float]) -> list[int]:
        sizes = [round(self.n * ratio) for ratio in ratios]
        return [m for m in sizes if not self.needs_held_out.get(arm) or self._has_room(m)]

    def _has_room(self, m: int) -> bool:
        taken = subset_counts(self.train_counts, self.n)
        wanted = np.bincount(pool_labels(taken, m), minlength=len(taken))
        return bool((wanted <= np.array(self.spare)).all())


def base_size(profile: Profile, whole: int) -> int:
    """n, for a training split of `whole` images."""
    return min(profile.n_real, max(2, int(whole * profile.max_share)))
