"""Real images of another task, made to look like those of the task at hand: for open-set generators."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gda_bench.api import Images
from gda_bench.keys import canonical_json
from gda_bench.registry import ComponentSpec

RESIZE_RULE = "antialiased-1"
"""Names how images are made to fit, in every key."""
CHUNK = 1024

Shape = tuple[int, int, int]
_FITTED: dict[str, Images] = {}


def other_images(spec: ComponentSpec, data_dir: Path, shape: Shape, digest: str) -> Images:
    """The training split of another task, resized to `shape` (H, W, C); labels are that task's own.

    Raises ValueError where the split is not that of the digest.
    """
    cached = canonical_json([spec.identity(), str(data_dir), shape, digest])
    if cached not in _FITTED:  # the replicates of a study ask for the same
        images = spec.create().load("train", data_dir)
        if images.digest() != digest:
            raise ValueError(f"the images of {spec.name} are no longer what they were when the run began")
        _FITTED.clear()
        _FITTED[cached] = fit_to(images, shape)
    return _FITTED[cached]


def fit_to(images: Images, shape: Shape) -> Images:
    """Images resized by antialiased bilinear interpolation to (H, W, C), colour to luminance or grey to colour."""
    if images.x.shape[1:] == shape:
        return images
    from gda_bench.api.torch_tools import refit, to_uint8, to_unit

    chunks = (images.x[start : start + CHUNK] for start in range(0, len(images), CHUNK))
    return Images(np.concatenate([to_uint8(refit(to_unit(x, "cpu"), shape)) for x in chunks]), images.y)


def apart_from(images: Images, test: Images) -> Images:
    """The images of which none is, pixel by pixel, an image of `test`."""
    seen = {x.tobytes() for x in test.x}
    return images.take(np.array([i for i, x in enumerate(images.x) if x.tobytes() not in seen], np.int64))
