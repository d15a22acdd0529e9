"""The promises of a generator. Each is tried through the same door as in a study: in locked children."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp

import numpy as np

from gda_bench.api import I64, U8, UserError
from gda_bench.contract.finding import Broken, Declined
from gda_bench.contract.pickles import refuse_pickles
from gda_bench.contract.toy import SIGNAL, SMALL, Shape, toy_task
from gda_bench.given import wanted_weights
from gda_bench.isolation import Isolation
from gda_bench.registry import ComponentSpec, unsupported
from gda_bench.seeds import derive_seed
from gda_bench.stages.cell import Workbench
from gda_bench.stages.generation import Apart, Lent
from gda_bench.store import Store
from gda_bench.task_data import pool_labels
from gda_bench.weights import find_weights

COUNTS = [6, 5, 1]


@dataclass(frozen=True, slots=True)
class Trial:
    """A generator on a toy task. folder: for everything that is written. data_dir: where weights are looked for."""

    spec: ComponentSpec
    folder: Path
    data_dir: Path
    shape: Shape = SMALL
    counts: tuple[int, ...] = tuple(COUNTS)

    def served(self) -> Trial:
        """This trial, or the same on signals where the generator serves none but these."""
        signals = replace(self, shape=SIGNAL)
        try:
            return signals if self._refusal() and not signals._refusal() else self
        except Exception:  # every promise will meet it again, and tell
            return self

    def fit(self, seed: int = 1) -> Path:
        """Where a fit saved itself. Raises Declined where the generator does not serve the task."""
        place = Path(mkdtemp(dir=self.folder)) / "generator"
        self._apart(seed).fit(toy_task(self.shape, list(self.counts)).train, place)
        return place

    def sample(self, fitted: Path, labels: I64, seed: int = 2) -> U8:
        """Samples of a fit, judged as in a study."""
        return self._apart(seed).sample(fitted, labels)

    def labels(self, m: int = 12) -> I64:
        """Labels of every class, in no order."""
        return np.random.default_rng(0).permutation(pool_labels(list(self.counts), m))

    def _apart(self, seed: int) -> Apart:
        if reason := self._refusal():
            raise Declined(reason)
        data = toy_task(self.shape, list(self.counts))
        bench = Workbench(Store(self.folder), data, "cpu", lambda fraction: None, isolation=Isolation())
        scratch = Path(mkdtemp(dir=self.folder))
        return Apart(bench, self.spec, derive_seed(seed, "check"), self._lent(), scratch)

    def _refusal(self) -> str | None:
        info = toy_task(self.shape, list(self.counts)).info.as_dict()
        return unsupported("generators", self.spec.target, self.spec.params, info, Isolation())

    def _lent(self) -> Lent:
        """What the engine would lend; Declined where weights are not to be had."""
        more, facts = toy_task(self.shape, [20] * len(self.counts)).train, self.spec.facts
        try:
            weights = {name: find_weights(w, self.data_dir) for name, w in wanted_weights(self.spec).items()}
        except UserError as error:
            raise Declined(str(error)) from None
        return Lent(more if facts["needs_held_out"] else None, more if facts["other_images"] else None, weights)


def draws(shape: Shape) -> Callable[[Trial], None]:
    """It fits and samples images of a shape."""

    def attempt(trial: Trial) -> None:
        trial = replace(trial, shape=shape)
        x = trial.sample(trial.fit(), trial.labels())
        if x.shape[1:] != shape:
            raise Broken(f"drew images of {x.shape[1:]}")

    return attempt


def serves_tiny_sets(trial: Trial) -> None:
    """It fits on two images of two classes, and draws one image or more than it saw."""
    trial = replace(trial, counts=(1, 1))
    fitted = trial.fit()
    trial.sample(fitted, np.array([1], np.int64))
    trial.sample(fitted, trial.labels(30))


def follows_the_seed(trial: Trial) -> None:
    """Equal seeds give equal images, other seeds others; in fit and in sampling."""
    labels, fitted = trial.labels(24), trial.fit(seed=1)
    first = trial.sample(fitted, labels, seed=2)
    if not (trial.sample(trial.fit(seed=1), labels, seed=2) == first).all():
        raise Broken("two fits with one seed gave other images: draw all chance from ctx.seed or ctx.rng()")
    if (trial.sample(fitted, labels, seed=3) == first).all():
        raise Broken("another seed gave the same images: sample must draw from ctx.seed or ctx.rng()")


def keeps_what_it_learnt(trial: Trial) -> None:
    """What it saved is all that it needs: a copy of it, elsewhere, draws the same images."""
    fitted, labels = trial.fit(), trial.labels()
    first = trial.sample(fitted, labels)
    moved = trial.folder / "moved"
    shutil.copytree(fitted, moved)
    shutil.rmtree(fitted)
    if not (trial.sample(moved, labels) == first).all():
        raise Broken("sampling twice from one fit, with one seed, gave other images: load must restore all of it")


def saves_no_pickles(trial: Trial) -> None:
    """Loading a file that somebody sent must not run their code."""
    refuse_pickles(trial.fit())


def declares_its_track(trial: Trial) -> None:
    """A closed-set generator needs nothing but the n images, and the kernel lets it have nothing else."""
    facts = trial.spec.facts
    if facts["track"] not in ("closed", "open", "control"):
        raise Broken(f'declares the track {facts["track"]!r}; known are "closed", "open" and "control"')
    asks = [name for name in ("weights", "other_images") if facts[name]]
    if not facts["open_class"] and asks:
        raise Broken(f'asks for {" and ".join(asks)}, which is open-set: declare track = "open"')
    enforced = Isolation().enforcement()
    if not enforced.startswith("enforced"):
        raise Declined(f"cannot be seen here, where children are {enforced}")
    trial.fit()


PROMISES: tuple[tuple[str, Callable[[Trial], None]], ...] = (
    ("declares its track, and needs nothing beyond it", declares_its_track),
    ("draws 8 px images with 1 channel", draws(SMALL)),
    ("draws 28 px images with 3 channels", draws((28, 28, 3))),
    ("draws images of odd sizes, 13 x 10", draws((13, 10, 1))),
    ("draws signals, 1 x 50", draws(SIGNAL)),
    ("serves two images, and classes of one", serves_tiny_sets),
    ("follows the seed", follows_the_seed),
    ("keeps all that it learnt in what it saves", keeps_what_it_learnt),
    ("saves no pickles", saves_no_pickles),
)
