"""The promises of a classifier."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from gda_bench.api import F32, Batches, Classifier, RunContext
from gda_bench.contract.finding import Broken, Declined
from gda_bench.contract.pickles import refuse_pickles
from gda_bench.contract.toy import SIGNAL, SMALL, Shape, toy_task
from gda_bench.registry import ComponentSpec
from gda_bench.task_data import TaskData

STEPS = 3
LEARNING_STEPS = (15, 40, 120)
"""Tried in turn: what a large network learns in 15 steps need not wait for 120."""
LEARNT = 0.7


def trained(spec: ComponentSpec, data: TaskData, steps: int = STEPS, seed: int = 0) -> Classifier:
    """A classifier after so many steps on the toy task's training images."""
    classifier: Classifier = spec.create()
    if reason := classifier.supports(data.info):
        raise Declined(reason)
    batches = Batches.plain(data.train, steps, 16, seed=seed)
    classifier.fit(batches, data.info, RunContext(seed))
    if batches.taken != steps:
        raise Broken(f"took {batches.taken} of {steps} batches: take all of them, one optimiser step for each")
    return classifier


def served(spec: ComponentSpec, shape: Shape, per_class: list[int]) -> TaskData:
    """A toy task of this shape, or of signals where the classifier serves none but these."""
    pictures, signals = toy_task(shape, per_class), toy_task(SIGNAL, per_class)
    classifier: Classifier = spec.create()
    return signals if classifier.supports(pictures.info) and not classifier.supports(signals.info) else pictures


def names_probabilities(shape: Shape) -> Callable[[ComponentSpec], None]:
    """It trains on images of a shape, takes every batch, and names probabilities and features."""

    def attempt(spec: ComponentSpec) -> None:
        data = toy_task(shape, [12, 12, 1])
        classifier = trained(spec, data)
        proba, features = classifier.predict_proba(data.test.x), classifier.features(data.test.x)
        wanted = (len(data.test), 3)
        if proba.dtype != np.float32 or proba.shape != wanted or not np.allclose(proba.sum(1), 1, atol=1e-3):
            raise Broken(f"predict_proba returned {proba.dtype} {proba.shape}; wanted float32 {wanted}, rows sum to 1")
        if features.dtype != np.float32 or features.ndim != 2 or len(features) != len(data.test):
            raise Broken(f"features returned {features.dtype} {features.shape}; wanted float32 ({len(data.test)}, D)")
        if not (np.isfinite(proba).all() and np.isfinite(features).all()):
            raise Broken("returned NaN or infinity")

    return attempt


def follows_the_seed(spec: ComponentSpec) -> None:
    """Equal seeds give equal probabilities, whatever the global state of numpy and torch."""
    data = served(spec, SMALL, [12, 12, 12])

    def proba() -> F32:
        return trained(spec, data).predict_proba(data.test.x)

    first = proba()
    np.random.seed(0)
    if not (proba() == first).all():
        raise Broken("two trainings with one seed gave other probabilities: draw all chance from ctx.seed or ctx.rng()")


def predicts_images_one_by_one(spec: ComponentSpec) -> None:
    """What it says of an image does not depend on the others that it is asked about."""
    data = served(spec, SMALL, [12, 12, 12])
    classifier = trained(spec, data)
    together, alone = classifier.predict_proba(data.test.x), classifier.predict_proba(data.test.x[:1])
    if not np.allclose(together[:1], alone, atol=1e-3):
        raise Broken("an image alone got other probabilities than among others: is it still in training mode?")


def keeps_what_it_learnt(spec: ComponentSpec) -> None:
    """What it saved is all that it needs: another instance that loads a copy of it says the same of images."""
    data = served(spec, SMALL, [12, 12, 12])
    classifier = trained(spec, data)
    if not classifier.keeps:
        raise Declined("it declares no `keeps`: it is trained again for every generator that is audited")
    proba, features = classifier.predict_proba(data.test.x), classifier.features(data.test.x)
    with tempfile.TemporaryDirectory(prefix="gda-bench-") as made:
        saved, elsewhere = Path(made) / "saved", Path(made) / "elsewhere"
        saved.mkdir()
        classifier.save(saved)
        refuse_pickles(saved)
        shutil.move(saved, elsewhere)
        other: Classifier = spec.create()
        other.load(elsewhere, data.info, "cpu")
        if not (other.predict_proba(data.test.x) == proba).all() or not (other.features(data.test.x) == features).all():
            raise Broken("after load it said other things of the same images: load must restore all of it")


def learns(spec: ComponentSpec) -> None:
    """It tells patterns apart that are plain to see."""
    data = served(spec, (16, 16, 1), [40, 40, 40])
    for steps in LEARNING_STEPS:
        right = trained(spec, data, steps).predict_proba(data.test.x).argmax(1) == data.test.y
        if right.mean() >= LEARNT:
            return
    raise Broken(f"{right.mean():.0%} of plain patterns were told apart after {steps} steps of 16 images")


PROMISES: tuple[tuple[str, Callable[[ComponentSpec], None]], ...] = (
    ("trains on 8 px images with 1 channel and names probabilities", names_probabilities(SMALL)),
    ("trains on 28 px images with 3 channels", names_probabilities((28, 28, 3))),
    ("trains on images of odd sizes, 13 x 10", names_probabilities((13, 10, 1))),
    ("trains on signals, 1 x 50", names_probabilities(SIGNAL)),
    ("follows the seed", follows_the_seed),
    ("says of an image the same, alone and among others", predicts_images_one_by_one),
    ("keeps all that it learnt in what it saves, and saves no pickles", keeps_what_it_learnt),
    ("learns", learns),
)
