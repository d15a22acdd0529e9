"""Small tasks that need no data: patterns that differ by class, with noise."""

from __future__ import annotations

import numpy as np

from gda_bench.api import Images, TaskInfo
from gda_bench.registry import resolve
from gda_bench.task_data import TaskData

Shape = tuple[int, int, int]

SMALL: Shape = (8, 8, 1)
SIGNAL: Shape = (1, 50, 1)


def toy_task(shape: Shape, per_class: list[int]) -> TaskData:
    """A task of these (height, width, channels) with so many training images of each class; 64 test images."""
    classes = tuple(f"class {c}" for c in range(len(per_class)))
    info = TaskInfo("toy", "multiclass" if len(classes) > 2 else "binary", shape, classes, modality="patterns")
    test = _images(shape, [64 // len(classes)] * len(classes), seed=1)
    return TaskData(resolve("tasks", "digits"), info, _images(shape, per_class, seed=0), test, [])


def _images(shape: Shape, per_class: list[int], seed: int) -> Images:
    rng = np.random.default_rng(seed)
    height, width, depth = shape
    y = np.repeat(np.arange(len(per_class)), per_class).astype(np.int64)
    rows, columns = np.mgrid[0:height, 0:width]
    waves = [np.sin(2 * np.pi * (c + 1) * (rows / height + c * columns / width)) for c in range(len(per_class))]
    pattern = 128 + 90 * np.stack(waves)[y][..., None] * np.linspace(0.6, 1, depth)
    x = pattern + rng.normal(scale=15, size=(len(y), *shape))
    order = rng.permutation(len(y))
    return Images(x.clip(0, 255).astype(np.uint8)[order], y[order])
