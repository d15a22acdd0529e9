"""A task with its images in memory, loaded once a process, and the subsets drawn from it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from gda_bench.api import I64, DataFile, Images, Task, TaskInfo, UserError
from gda_bench.audit.repeats import Repeats, repeats
from gda_bench.keys import canonical_json
from gda_bench.registry import ComponentSpec
from gda_bench.seeds import derive_seed
from gda_bench.subsets import nested_order, proportional_labels


@dataclass(frozen=True, slots=True)
class TaskData:
    """Both splits of a task. digest: identity of all pixels and labels."""

    spec: ComponentSpec
    info: TaskInfo
    train: Images
    test: Images
    files: list[DataFile]
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        both = f"{self.train.digest()}{self.test.digest()}"
        object.__setattr__(self, "digest", hashlib.sha256(both.encode()).hexdigest())

    def counts(self, split: Images) -> list[int]:
        """Images of each class."""
        return [int(count) for count in np.bincount(split.y, minlength=self.info.n_classes)]

    @property
    def groups(self) -> list[int] | None:
        """Groups of the training and of the test split; None where they are not known."""
        if self.train.group is None or self.test.group is None:
            return None
        return [len(np.unique(group)) for group in (self.train.group, self.test.group)]

    @property
    def repeats(self) -> Repeats:
        """What of the test split the training split holds too."""
        if self.digest not in _REPEATS:
            _REPEATS[self.digest] = repeats(self.test.x, self.train.x)
        return _REPEATS[self.digest]

    def subset(self, n: int, seed: int) -> Images:
        """The first n training images of the replicate's nested order; subset(n) lies inside subset(n')."""
        return self.train.take(self._order(seed)[:n])

    def held_out(self, n: int, m: int, labels: I64, seed: int) -> Images:
        """m training images outside subset(n), of exactly the classes of `labels` (m,), drawn by their own seed."""
        rest = self.outside(n, seed)
        chosen = np.empty(m, np.int64)
        for c in np.unique(labels):
            wanted = labels == c
            chosen[wanted] = rest[self.train.y[rest] == c][: wanted.sum()]
        return self.train.take(chosen)

    def outside(self, n: int, seed: int) -> I64:
        """Positions of the training images outside subset(n), int64 (N - n,), in an order of their own; fewer where
        groups are known, for none has a part in both."""
        rng = np.random.default_rng(derive_seed(seed, "held-out", self.digest, n))
        taken, rest = np.split(self._order(seed), [n])
        if self.train.group is not None:
            rest = rest[~np.isin(self.train.group[rest], self.train.group[taken])]
        return rng.permutation(rest)

    def spare(self, n: int, seeds: int) -> list[int]:
        """Images of each class outside subset(n), in the replicate that has fewest."""
        left = [np.bincount(self.train.y[self.outside(n, s)], minlength=self.info.n_classes) for s in range(seeds)]
        return [int(count) for count in np.min(left, axis=0)]

    def _order(self, seed: int) -> I64:
        return nested_order(self.train.y, derive_seed(seed, "subset", self.digest), self.train.group)


_LOADED: dict[str, TaskData] = {}
_REPEATS: dict[str, Repeats] = {}


def load_task(spec: ComponentSpec, data_dir: Path) -> TaskData:
    """Load both splits, judge them, and keep them for the process. Raises UserError where data lack or are wrong."""
    cached = canonical_json([spec.identity(), dict(spec.params), str(data_dir)])
    if cached not in _LOADED:
        task = spec.create()
        info = task.info
        train, test = task.load("train", data_dir), task.load("test", data_dir)
        for name, split in (("training", train), ("test", test)):
            if not len(split) or split.x.shape[1:] != info.shape:
                raise UserError(f"{info.name}: the {name} split is {split.x.shape}, its images should be {info.shape}")
            if split.y.min() < 0 or split.y.max() >= info.n_classes:
                raise UserError(f"{info.name}: the {name} split holds labels outside 0..{info.n_classes - 1}")
        _check_groups(info.name, train, test)
        _LOADED.clear()  # one task at a time: a group of large ones must not pile up in memory
        _LOADED[cached] = TaskData(spec, info, train, test, task.files(data_dir))
    return _LOADED[cached]


def missing_files(task: Task, data_dir: Path) -> list[Path]:
    """Files of a task that are not on this machine."""
    return [Path(f.path) for f in task.files(data_dir) if f.state == "missing"]


def _check_groups(task: str, train: Images, test: Images) -> None:
    """Raises UserError where a patient would be both learnt from and judged by."""
    if (train.group is None) != (test.group is None):
        raise UserError(f"{task}: the groups of one split are known, those of the other are not")
    if train.group is not None and test.group is not None:
        both = np.intersect1d(train.group, test.group)
        if len(both):
            shown = ", ".join(map(str, both[:10]))
            raise UserError(f"{task}: {len(both)} groups are in both the training and the test split: {shown}")


def pool_labels(counts: list[int], m: int) -> I64:
    """The labels of a pool of m samples, int64 (m,): class-proportional in every prefix, as are the n images."""
    return proportional_labels(counts, m)
