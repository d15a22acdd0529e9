"""The samplers of ddpm: diffusers' schedulers, set to its cosine schedule."""

import math
from typing import Literal

from diffusers import DDIMScheduler, DPMSolverMultistepScheduler

from gda_generators.ddpm import T

LEAST_LAMBDA = -5.1
"""Half the log of the signal-to-noise ratio, as diffusers advises for the cosine schedule."""


def scheduler(
    prediction: Literal["epsilon", "v"], sampler: Literal["ddim", "dpm-solver++"], *, bounded: bool
) -> DDIMScheduler | DPMSolverMultistepScheduler:
    """A fresh one. bounded: whether x_0 lies in [-1, 1]; see DDPMProcess for the others."""
    shared = {
        "num_train_timesteps": T,
        "beta_schedule": "squaredcos_cap_v2",
        "prediction_type": "epsilon" if prediction == "epsilon" else "v_prediction",
        "timestep_spacing": "trailing",
    }
    if sampler == "ddim":
        return DDIMScheduler(**shared, clip_sample=bounded)
    # near pure noise epsilon says next to nothing of x_0: the solver then begins where the signal can be heard
    clipped = LEAST_LAMBDA if prediction == "epsilon" else -math.inf
    return DPMSolverMultistepScheduler(**shared, lambda_min_clipped=clipped)
