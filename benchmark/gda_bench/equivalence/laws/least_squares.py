"""Many small bounded least-squares problems of one shape, solved side by side (Levenberg & Marquardt).

A law has two parameters at most and is fitted hundreds of times: to redrawn means for its intervals, and without
each arm for its cross-validation. A general solver, called once for each, would take minutes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

STEPS = 40
SETTLED = 1e-7
"""A step of this share of a parameter's range, or less, ends the search."""


def solve(
    residuals: Callable[[F64], F64],
    jacobian: Callable[[F64], F64],
    start: F64,
    low: F64,
    high: F64,
) -> tuple[F64, F64]:
    """theta (D, p) that minimises the sum of squares of each problem, from its start (D, p), and that sum (D,).

    residuals: theta (D, p) to (D, J). jacobian: their derivatives, (D, J, p). low, high (p,): bounds.
    """
    theta = np.clip(start, low, high)
    r = residuals(theta)
    cost = (r**2).sum(axis=1)
    if not theta.shape[1]:
        return theta, cost
    damping = np.full(len(theta), 1e-3)
    for _ in range(STEPS):
        trial = np.clip(theta + _step(r, jacobian(theta), theta, damping, low=low, high=high), low, high)
        settled = (np.abs(trial - theta) <= SETTLED * (high - low)).all(axis=1)
        r_trial = residuals(trial)
        cost_trial = (r_trial**2).sum(axis=1)
        better = cost_trial < cost
        theta[better], r[better], cost[better] = trial[better], r_trial[better], cost_trial[better]
        damping = np.where(better, damping / 5, damping * 4)
        if settled.all():
            break
    return theta, cost


def _step(r: F64, jac: F64, theta: F64, damping: F64, *, low: F64, high: F64) -> F64:
    gradient = (jac * r[:, :, None]).sum(axis=1)
    normal = np.swapaxes(jac, 1, 2) @ jac
    # a parameter that its bound holds stays where it is
    held = ((theta <= low) & (gradient > 0)) | ((theta >= high) & (gradient < 0))
    gradient = np.where(held, 0, gradient)
    normal = np.where(held[:, :, None] | held[:, None, :], 0, normal)
    scale = np.einsum("dpp->dp", normal)
    # 1 where no arm depends on the parameter, so that its equation reads 0 = 0
    added = damping[:, None] * scale + np.where(scale > 0, 1e-14, 1)
    step: F64 = -np.linalg.solve(normal + np.eye(theta.shape[1]) * added[:, None, :], gradient[..., None])[..., 0]
    return step
