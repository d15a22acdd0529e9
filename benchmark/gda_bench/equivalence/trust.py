"""Where an interval is not to be trusted: outside of what `benchmark/simulations/coverage.md` shows, or where that
shows too little coverage. A test holds this file against that table.
"""

from __future__ import annotations

from collections.abc import Iterator

from gda_bench.equivalence.exchange import Exchange
from gda_bench.equivalence.grid import ArmId

SEEDS = 3
"""No interval was simulated with fewer."""
SEEDS_ALONE = 5
"""Where the noise between seeds is all that an interval holds, fewer fall short at rates near 0."""
HELD = "89 to 92"
SIZES = 5
TEST_IMAGES = 150
"""Independent ones: images of one patient count once."""
WRONG = 8
"""Test images that an arm gets wrong: where a curve ends with fewer, intervals fall short, also far below its end."""


def doubts(exchange: Exchange, arm: ArmId, n_test: int | None, metric: str = "accuracy") -> Iterator[str]:
    """Reasons, each a clause, not to trust the arm's 95 % interval. n_test: test images, where they are known."""
    grid = exchange.grid
    seeds = min(grid.seeds(a) for a in (arm, *exchange.real))
    if seeds < SEEDS:
        yield f"it rests on {seeds} seed{'s' * (seeds > 1)}, and was simulated with {SEEDS} or more"
    elif seeds < SEEDS_ALONE and not exchange.noise.knows_the_test_set:
        yield (
            f"with {seeds} seeds and no predictions for each test example, such intervals held the truth in "
            f"{HELD} % of simulated studies, not in 95: use {SEEDS_ALONE} seeds"
        )
    if len(exchange.sizes) < SIZES:
        yield f"the real curve has {len(exchange.sizes)} sizes, and was simulated with {SIZES} or more"
    if n_test is None:
        return
    units = min(n_test, exchange.noise.test_units or n_test)
    if units < TEST_IMAGES:
        what = f"has {n_test} images" if units == n_test else f"is of {units} patients or records"
        yield f"the test split {what}, and was simulated with {TEST_IMAGES} or more independent images"
    best = max(grid.mean(a) for a in (arm, *exchange.real))
    if metric == "accuracy" and (1 - best) * n_test < WRONG:
        yield f"near the ceiling: only {(1 - best) * n_test:.0f} of {n_test} test images are left to get wrong"
