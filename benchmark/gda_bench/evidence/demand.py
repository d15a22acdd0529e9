"""The cells that a report's own settings demand: what is not among them was left out."""

from __future__ import annotations

from pydantic import ValidationError

from gda_bench.equivalence.grid import ArmId
from gda_bench.errors import UserError
from gda_bench.report.model import Report
from gda_bench.study.layout import Sizes
from gda_bench.study.profile import Profile
from gda_bench.subsets import subset_counts

CONTROLS = ("copy", "oracle")
"""Of them the oracle alone adds held-out real images, and is cut short where too few are left."""

Place = tuple[ArmId, int]
"""An arm and a seed."""


def demanded(report: Report) -> set[Place]:
    """Every (arm, seed) that the profile in the report asks for, on a training split of the report's counts.

    Where patients are known, how many whole patients lie outside the n is not in the report: the oracle's m is then
    taken from it, if it is one that the profile allows. Raises UserError where the settings are no profile.
    """
    profile, counts = profile_of(report), report.task.train_counts
    taken = subset_counts(counts, Sizes(profile, counts, counts).n)
    spare = [whole - part for whole, part in zip(counts, taken, strict=True)]
    sizes = Sizes(profile, counts, spare, {"oracle": True})
    arms = sizes.arms(CONTROLS)
    if report.task.groups:
        most = sizes.control("oracle") or 0
        found = {ArmId(c.arm, c.n_real, c.n_synth) for c in report.cells if c.arm == "oracle"}
        smaller = found & {ArmId("oracle", sizes.n, m) for m in sizes.mix() if m < most}
        arms = [arm for arm in arms if not (smaller and arm.arm == "oracle")] + sorted(smaller)[-1:]
    return {(arm, seed) for arm in arms for seed in range(profile.seeds)}


def profile_of(report: Report) -> Profile:
    """The profile as it was bound. Raises UserError where the settings are none."""
    try:
        return Profile(name=report.profile.name, **report.profile.settings)
    except (ValidationError, TypeError) as error:
        what = error.errors()[0] if isinstance(error, ValidationError) else {"loc": (), "msg": str(error)}
        where = ".".join(["profile.settings", *map(str, what["loc"])])
        raise UserError(f"{where}: {what['msg']}") from None
