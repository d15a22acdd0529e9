"""Images and what is known of them: the types at every border between the engine and a component."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

U8: TypeAlias = NDArray[np.uint8]
"""Images, (N, H, W, C), 0-255, C = 1 or 3."""
I64: TypeAlias = NDArray[np.int64]
"""Labels, (N,), 0..K-1; or positions in an array."""
F32: TypeAlias = NDArray[np.float32]
"""Class probabilities, (N, K), rows sum to 1."""

Kind = Literal["binary", "multiclass", "ordinal"]
Metric = Literal["accuracy", "balanced_accuracy", "auc"]


@dataclass(frozen=True, slots=True, eq=False)
class Images:
    """Labelled images: `x` uint8 (N, H, W, C) and `y` int64 (N,). Refuses any other shape or dtype.

    group: int64 (N,), the patient, record or writer that each image is of, numbered alike in both splits of a task;
    None where nobody knows, or every image has its own. No group is ever divided between what is learnt from and what
    is judged by.
    """

    x: U8
    y: I64
    group: I64 | None = None

    def __post_init__(self) -> None:
        if self.x.dtype != np.uint8 or self.x.ndim != 4 or self.x.shape[-1] not in (1, 3):
            raise ValueError(f"images must be uint8 (N, H, W, 1 or 3), not {self.x.dtype} {self.x.shape}")
        if self.y.dtype != np.int64 or self.y.shape != self.x.shape[:1]:
            raise ValueError(f"labels must be int64 ({len(self.x)},), one an image, not {self.y.dtype} {self.y.shape}")
        if self.group is not None and (self.group.dtype != np.int64 or self.group.shape != self.y.shape):
            raise ValueError(f"groups must be int64 ({len(self.x)},), not {self.group.dtype} {self.group.shape}")

    def __len__(self) -> int:
        return len(self.x)

    def take(self, index: I64) -> Images:
        """The images at these positions, in this order."""
        return Images(self.x[index], self.y[index], None if self.group is None else self.group[index])

    def digest(self) -> str:
        """sha256 of shapes, pixels, labels and groups: the identity of the data, whatever file they came from."""
        h = hashlib.sha256(repr((self.x.shape, self.y.shape)).encode())
        h.update(np.ascontiguousarray(self.x).data)
        h.update(np.ascontiguousarray(self.y).data)
        if self.group is not None:
            h.update(np.ascontiguousarray(self.group).data)
        return h.hexdigest()


@dataclass(frozen=True, slots=True)
class TaskInfo:
    """What a component and a reader of the report may know of a task without its images.

    name: as typed on the command line. shape: (H, W, C); a signal of length L is an image of (1, L, 1).
    classes: a name per label, in label order.
    metric: the primary one, by which arms are compared. caveats: what a careful reader should know.
    reference: published full-data figures as {"accuracy": 0.863, "source": "..."}, shown, never tested.
    """

    name: str
    kind: Kind
    shape: tuple[int, int, int]
    classes: tuple[str, ...]
    metric: Metric = "accuracy"
    modality: str = "natural images"
    licence: str = "unknown"
    source: str = ""
    citation: str = ""
    caveats: tuple[str, ...] = ()
    reference: dict[str, Any] = field(default_factory=dict)

    @property
    def n_classes(self) -> int:
        return len(self.classes)

    @property
    def is_signal(self) -> bool:
        """Whether its images are signals in time: one pixel high, amplitude as grey level."""
        return self.shape[0] == 1

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> TaskInfo:
        """The task that `as_dict` wrote down."""
        height, width, depth = data["shape"]
        listed = {"classes": tuple(data["classes"]), "caveats": tuple(data["caveats"])}
        return cls(**{**data, **listed, "shape": (height, width, depth)})

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return {
            **asdict(self),
            "shape": list(self.shape),
            "classes": list(self.classes),
            "caveats": list(self.caveats),
        }


@dataclass(frozen=True, slots=True)
class DataFile:
    """One file that a task reads: where it lies or should lie, and how it compares with the publisher's.

    state: `official` (digest as published), `modified` (another digest: used with a warning),
    `unpublished` (nothing to compare with), `missing`.
    """

    path: str
    state: Literal["official", "modified", "unpublished", "missing"]
    digest: str | None = None
    note: str = ""
