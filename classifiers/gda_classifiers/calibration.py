"""Temperature scaling (Guo et al. 2017, arXiv 1706.04599), without taking an image from the training.

The temperature must be fitted on images that were not trained on. Holding some back would change the arm's n, so it is
fitted on a second network: the same one, trained for as many steps without a tenth of the arm's images and asked about
that tenth. The first network, and so every decision, stays as it is without calibration. It costs a second training.
The tenth is of all the arm's images, real and synthetic; equal images are held back together, else the copies of the
null control would answer for those held back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from gda_bench.api import U8, Batches, Draw, Images

SHARE = 0.1
HOTTEST = 20.0
"""Bounds of the temperature: from 1 / HOTTEST to it."""


@dataclass(frozen=True, slots=True)
class HeldBack:
    """x, y: the images held back. batches: as laid out, without them; of the same length."""

    images: Images
    batches: Batches


def hold_back(batches: Batches, seed: int) -> HeldBack | None:
    """A random tenth, at least one; None where no two images differ."""
    _, same = np.unique([_digest(image) for image in batches.x], return_inverse=True)
    distinct = same.max() + 1
    if distinct < 2:
        return None
    rng = np.random.default_rng(seed)
    held = np.isin(same, rng.permutation(distinct)[: max(1, round(SHARE * distinct))])
    phases = [replace(phase, draws=[_without(draw, held) for draw in phase.draws]) for phase in batches.phases]
    train = Images(batches.x, batches.y)
    return HeldBack(train.take(np.flatnonzero(held)), Batches(train, phases, batches.batch_size, seed))


def _without(draw: Draw, held: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Draw:
    kept = draw.positions[~held[draw.positions]]
    # a share whose images are all held back has nothing else to draw
    return replace(draw, positions=kept) if len(kept) else draw


def _digest(image: U8) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(image).data, digest_size=16).digest()


def fit_temperature(logits: Tensor, y: Tensor) -> tuple[float, Callable[[float], float]]:
    """The temperature that makes labels most likely, and their mean negative log-likelihood as a function of it.

    logits: float (N, K), of images not trained on. y: int64 (N,).
    """
    from scipy.optimize import minimize_scalar  # half a second, which no other use of a classifier needs

    logits = logits.double()

    def nll(temperature: float) -> float:
        return float(torch.nn.functional.cross_entropy(logits / temperature, y))

    bound = float(np.log(HOTTEST))
    found = minimize_scalar(lambda log_t: nll(float(np.exp(log_t))), bounds=(-bound, bound), method="bounded")
    return float(np.exp(found.x)), nll
