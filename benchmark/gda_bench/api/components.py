"""The interfaces of a generator, a classifier and a task: uint8 NHWC numpy at every border.

Constructors take keyword parameters with defaults only; `name:key=value` on the command line binds to them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np

from gda_bench.api.batches import Batches, Demand
from gda_bench.api.context import RunContext
from gda_bench.api.data import F32, I64, U8, DataFile, Images, TaskInfo

Track = Literal["closed", "open", "control"]


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights that somebody trained before.

    source: a local folder or file, or a model's name at the hub, `owner/name`. revision: of the hub's model, best a
    commit. files: patterns of the files that are read, as in `unet/*.safetensors`; where none is given, all of the
    endings safetensors, json, txt and model. Pickles are never among them.
    """

    source: str
    revision: str | None = None
    files: tuple[str, ...] = ()


class Generator(ABC):
    """Learns from n labelled real images; draws new ones for labels that the engine chooses."""

    version: ClassVar[int] = 1
    """Part of every cache key: raise it when the same parameters give other images."""
    track: ClassVar[Track] = "closed"
    """`closed`: trained on the n images only; `open`: on others too; `control`: a known answer. The report shows an
    instance's own, where its user declares another."""
    needs_held_out: ClassVar[bool] = False
    """Asks for real images outside the n; allowed to controls only."""
    quick: ClassVar[Mapping[str, Any]] = {}
    """Parameters with which a fit takes a second or two, whatever it learns then: for `gda-bench check`, and tests."""

    def supports(self, task: TaskInfo) -> str | None:
        """None, or the reason why this generator cannot serve the task."""
        return None

    def weights(self) -> Mapping[str, Weights]:
        """Weights learnt elsewhere that `fit` or `sample` read, by a name of yours; the engine fetches them.

        They lie at `ctx.weights[name]`. Of the open track only.
        """
        return {}

    def other_images(self) -> str | None:
        """Real images beyond the n that `fit` reads: a task's name, for its training split, or `rest`, for the rest of
        this task's. They are in `ctx.others`, of this task's shape; another task's keep their labels.
        Of the open track only; no test split is ever given."""
        return None

    @abstractmethod
    def fit(self, train: Images, task: TaskInfo, ctx: RunContext) -> None:
        """Learn from the n real images of `train`, and from nothing else but what an open-set generator asked for."""

    @abstractmethod
    def sample(self, labels: I64, ctx: RunContext) -> U8:
        """One image a label: labels (M,) in, uint8 (M, H, W, C) out, in the same order."""

    @abstractmethod
    def save(self, path: Path) -> None:
        """Write what was learnt into the existing folder `path`; no pickles."""

    @abstractmethod
    def load(self, path: Path) -> None:
        """Read it back; `sample` must then give the images that it gave before."""


class Classifier(ABC):
    """Trains on the batches that the engine lays out, and names class probabilities."""

    version: ClassVar[int] = 1
    heeds: ClassVar[frozenset[Demand]] = frozenset()
    """What of a batch it heeds beyond the images; protocols that demand more do not train it. `weights`: Batch.weight,
    in the loss. `phases`: Batch.phase, for which it begins a new optimiser and learning-rate cycle and, if told so, a
    new head."""
    quick: ClassVar[Mapping[str, Any]] = {}
    """Parameters that make it small, for `gda-bench check` and tests."""
    keeps: ClassVar[bool] = False
    """Has `save` and `load`. Filters and audits look through the classifier of the n real images: what is kept need not
    be trained again for each generator."""
    later: ClassVar[frozenset[str]] = frozenset()
    """Parameters that came after its first results: at their defaults they change nothing, and are in no key."""

    def supports(self, task: TaskInfo) -> str | None:
        """None, or the reason why this classifier cannot serve the task."""
        return None

    def starts_from(self) -> Weights | None:
        """Weights learnt from other images that it starts from, for the report to tell; it reads them itself.

        A local file that one of its parameters names counts in every key by its content.
        """
        return None

    @abstractmethod
    def fit(self, batches: Batches, task: TaskInfo, ctx: RunContext) -> None:
        """One optimiser step for each batch, on the images at `batch.index`; all of them, no more."""

    def replicas(self, task: TaskInfo, device: str) -> int:
        """How many of its trainings are faster as one on this device; 1 where that does not pay."""
        return 1

    @classmethod
    def fit_together(
        cls, classifiers: Sequence[Self], batches: Sequence[Batches], task: TaskInfo, contexts: Sequence[RunContext]
    ) -> None:
        """`fit` of each on batches of its own. They have the same parameters, as many batches of the same size, and are
        no more than `replicas`; what each learns must be what it would learn alone, but for rounding."""
        for classifier, own, ctx in zip(classifiers, batches, contexts, strict=True):
            classifier.fit(own, task, ctx)

    @abstractmethod
    def predict_proba(self, x: U8) -> F32:
        """Images (N, H, W, C) in, class probabilities float32 (N, K) out."""

    def features(self, x: U8) -> F32:
        """What the trained classifier sees in images (N, H, W, C): float32 (N, D), near for images that it finds alike.

        Filters and audits measure distances in it. By default the log-probabilities.
        """
        return np.log(np.clip(self.predict_proba(x), 1e-6, 1.0), dtype=np.float32)

    def save(self, path: Path) -> None:
        """Write what was learnt into the existing folder `path`; no pickles."""
        raise NotImplementedError

    def load(self, path: Path, task: TaskInfo, device: str) -> None:
        """Read it back, to compute on this device; it must then say of images what it said before."""
        raise NotImplementedError


class Task(ABC):
    """A data set with a training and a test split.

    places: parameters that say where the data lie, and nothing of what they are: they are in no key, and a report holds
    no more of such a path than its last part.
    """

    version: ClassVar[int] = 1
    places: ClassVar[frozenset[str]] = frozenset()

    @property
    @abstractmethod
    def info(self) -> TaskInfo:
        """What the task is; reads no data."""

    def prepare(self, root: Path) -> None:  # noqa: B027  (data that come with a package need no fetching)
        """Fetch and verify what `load` reads into `root`. The only place that may use the network."""

    @abstractmethod
    def files(self, root: Path) -> list[DataFile]:
        """The files that `load` reads, with the state of each; empty where the data come with a package."""

    @abstractmethod
    def load(self, split: Literal["train", "test"], root: Path) -> Images:
        """The images of one split. Raises DataMissingError, which names the files and where to put them."""
