"""All families fitted to one grid, with intervals and a choice.

Intervals: the noise of a cell is drawn from its scaled inverse chi-square, all means are redrawn with it, and curve
and law are fitted again. `benchmark/simulations/laws.md` says how often these intervals hold the truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from gda_bench.equivalence.grid import Grid
from gda_bench.equivalence.interval import LEVEL, Interval, central
from gda_bench.equivalence.laws.curves import Curves, Shape, choose_shape, make_curves, real_means
from gda_bench.equivalence.laws.families import Family, families, paper_law
from gda_bench.equivalence.laws.fit import Arms, fit_family, left_out_errors, refit
from gda_bench.equivalence.laws.selection import select
from gda_bench.seeds import derive_seed

F64 = NDArray[np.float64]

DRAWS = 400
FEWEST = 3
"""Real sizes, and mix arms on the curve, that a law takes."""
MOST_C2 = 1e6
"""A c2 above this is no gain: even a pool of 100 n would be worth a third of n."""
PUBLISHED_C2: Final = {
    "CIFAR-10 closed-set": 2.53,
    "CIFAR-10 open-set": 2.93,
    "BloodMNIST closed-set": 3.88,
    "ImageNet-100 closed-set": 37.84,
    "ImageNet-100 open-set": 1.68,
}
"""c2 of arXiv 2508.09550, by way of a secondary source: to look at beside ours."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedLaw:
    """theta (p,); draws (D, p) of it, none for a single seed; errors (J,) and cv_rmse: of arms left out, in metric
    units."""

    family: Family
    theta: F64
    draws: F64
    errors: F64

    @property
    def cv_rmse(self) -> float:
        return float(np.sqrt(np.mean(self.errors**2)))

    def parameters(self) -> dict[str, Interval]:
        """Each parameter with its interval."""
        names = self.family.parameters
        return {name: central(self.theta[i], self.draws[:, i]) for i, name in enumerate(names)}

    def worth(self, n: F64, m: F64) -> F64:
        """n_eq (J,) of n real and m synthetic images, each (J,), wherever that lies."""
        found: F64 = self.family.worth(self.theta[None], n, m)[0]
        return found


@dataclass(frozen=True, slots=True)
class Laws:
    """shape: of the real curve. curve: the measured one; redrawn: D others. arms: what the laws were fitted to. laws:
    the candidates, simplest first. selected: one of them. paper: the log law with both constants free."""

    shape: Shape
    curve: Curves
    redrawn: Curves
    arms: Arms
    laws: tuple[FittedLaw, ...]
    selected: FittedLaw
    paper: FittedLaw

    def named(self, name: str) -> FittedLaw:
        """The fitted law of a family."""
        return next(law for law in self.laws if law.family.name == name)

    def metric(self, law: FittedLaw, n: F64, m: F64) -> F64:
        """The predicted metric (J,) of n real and m synthetic images; at the curve's end where n_eq is beyond it."""
        value: F64 = self.curve.at(law.worth(n, m)[None])[0][0]
        return value

    def metric_draws(self, law: FittedLaw, n: F64, m: F64) -> F64:
        """Draws (D, J) of the predicted metric; D = 0 for a single seed."""
        return self.redrawn.at(law.family.worth(law.draws, n, m))[0]

    @property
    def c2(self) -> Interval | None:
        """c2 = exp(1 / g); None where there is no gain. Its high end is None where no gain is within the interval."""
        g = self.paper.parameters()["g"]
        estimate = _c2(g.estimate)
        if estimate is None:
            return None
        # the smaller the gain, the larger c2
        return Interval(estimate, None if g.high is None else _c2(g.high), None if g.low is None else _c2(g.low))

    @property
    def kappa(self) -> Interval:
        """kappa = ln(A) / n, in 1 / images; an end is None where A may be anything."""
        found, most = self.paper.parameters()["kappa"], 0.999 * self.paper.family.high[1]
        low, high = (None if end is None or abs(end) > most else end for end in (found.low, found.high))
        return Interval(found.estimate, low, high)

    @property
    def note(self) -> str:
        """What the reader must know of these numbers."""
        said = [f"Worth is read on the {'power-law' if self.shape == 'power law' else 'monotone'} real curve."]
        if self.paper not in self.laws:
            said.append(
                "With one base size the log law is compared with A = 1; c₂ and κ come from a fit that leaves A free, "
                "and have wide intervals, since each can stand in for the other."
            )
        if self.c2 is None:
            said.append("The log law shows no gain, so c₂ has no finite value.")
        if not len(self.redrawn.values):
            said.append("A single seed gives no intervals, and the law with the least error is selected.")
        return " ".join(said)


def obstacle(grid: Grid) -> str | None:
    """Why no law can be fitted to a grid; None where one can."""
    sizes, means, _ = real_means(grid)
    if len(sizes) < FEWEST:
        return f"{len(sizes)} real sizes: a law takes {FEWEST} or more, to read worth on"
    if not _rises(grid):
        return "the real curve does not rise by more than its noise, so there is no scale to read worth on"
    arms = _mix_arms(grid)
    if len(arms.n) < FEWEST:
        return f"{len(arms.n)} mix arms: a law takes {FEWEST} or more"
    on_curve = int(((arms.mean >= means.min()) & (arms.mean <= means.max())).sum())
    if on_curve < FEWEST:
        return f"{on_curve} of {len(arms.n)} mix arms lie on the measured curve: a law takes {FEWEST} or more"
    return None


def fit_laws(grid: Grid, seed: int = 0, draws: int = DRAWS) -> Laws | None:
    """Every family fitted to the mix arms of a grid; None where `obstacle` names a reason."""
    if obstacle(grid):
        return None
    sizes, means, seeds = real_means(grid)
    arms, shape = _mix_arms(grid), choose_shape(grid)
    curve = make_curves(shape, sizes, means[None], seeds)
    rng = np.random.default_rng(derive_seed(seed, "laws"))
    sigma = _draw_sigma(grid, draws, rng)[:, None]
    redrawn = make_curves(shape, sizes, _redraw(means, seeds, sigma, rng), seeds)
    redrawn_means = _redraw(arms.mean, arms.seeds, sigma, rng)

    def fitted(family: Family) -> FittedLaw:
        theta = fit_family(family, curve, arms)
        again = refit(family, redrawn, arms, redrawn_means, theta)
        return FittedLaw(family, theta, again, left_out_errors(family, curve, arms, theta))

    laws = {family: fitted(family) for family in families(arms.n)}
    chosen = select(np.array([law.errors for law in laws.values()]), _noise(grid, curve, redrawn, arms))
    paper = paper_law(arms.n)
    return Laws(
        shape, curve, redrawn, arms, tuple(laws.values()), [*laws.values()][chosen], laws.get(paper) or fitted(paper)
    )


def _mix_arms(grid: Grid) -> Arms:
    sizes = grid.real_sizes()
    # a base that the curve does not hold has no worth to start from
    found = [a for a in grid.arms("mix") if a.n_synth and sizes[0] <= a.n_real <= sizes[-1]]
    return Arms(
        np.array([a.n_real for a in found], np.float64),
        np.array([a.n_synth for a in found], np.float64),
        np.array([grid.mean(a) for a in found]),
        np.array([grid.seeds(a) for a in found], np.float64),
    )


def _rises(grid: Grid) -> bool:
    real = grid.arms("real")
    rise = grid.mean(real[-1]) - grid.mean(real[0])
    if not grid.dof:
        return rise > 0
    spread = grid.pooled_sd * np.sqrt(1 / grid.seeds(real[0]) + 1 / grid.seeds(real[-1]))
    return bool(rise > stats.t.ppf((1 + LEVEL) / 2, grid.dof) * spread)


def _draw_sigma(grid: Grid, draws: int, rng: np.random.Generator) -> F64:
    if not grid.dof:
        return np.empty(0)
    return grid.pooled_sd * np.sqrt(grid.dof / rng.chisquare(grid.dof, draws))


def _redraw(means: F64, seeds: F64, sigma: F64, rng: np.random.Generator) -> F64:
    redrawn: F64 = means + rng.normal(size=(len(sigma), len(means))) * sigma / np.sqrt(seeds)
    return redrawn


def _noise(grid: Grid, curve: Curves, redrawn: Curves, arms: Arms) -> F64 | None:
    """Covariance of the arms' means with the curve at what they are worth."""
    if not grid.dof or not grid.pooled_sd:
        return None
    worth = np.interp(arms.mean, curve.values[0], curve.sizes)
    read, _ = redrawn.at(np.repeat(worth[None], len(redrawn.values), axis=0))
    noise: F64 = np.cov(read.T) + np.diag(grid.pooled_sd**2 / arms.seeds)
    return noise


def _c2(g: float) -> float | None:
    return float(np.exp(1 / g)) if g > 1 / np.log(MOST_C2) else None
