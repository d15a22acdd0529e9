"""The twelve 2-D sets of MedMNIST at 28, 64, 128 and 224 px."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np

from gda_bench.api import DataFile, DataMissingError, Images, Kind, Task, TaskInfo, UserError, nearest
from gda_tasks import medmnist_file
from gda_tasks.download import fetch
from gda_tasks.medmnist_catalog import CITATION, SETS, SIZES, published


class MedMNIST(Task):
    """Train is the official training split, test the official test split; the validation split is in neither.

    finding: for chestmnist alone, whose 14 labels do not exclude each other and which is a binary task here:
    the finding to tell from its absence, or `any`.
    """

    def __init__(self, flag: str = "breastmnist", size: int = 28, finding: str = "any") -> None:
        if flag not in SETS:
            raise UserError(f"medmnist has no 2-D set {flag!r}: {nearest(flag, SETS)}")
        if size not in SIZES:
            near = min(SIZES, key=lambda known: abs(known - size))
            raise UserError(f"medmnist/{flag}: size={size} is not one of 28, 64, 128, 224; {near} is nearest")
        self.flag, self.size, self.finding = flag, size, finding
        self._record = published(flag, size)
        self._multi_label = self._record.kind == "multi-label"
        findings = ("any", *self._record.labels) if self._multi_label else ("any",)
        if finding not in findings:
            why = nearest(finding, findings) if self._multi_label else "finding= is for chestmnist alone"
            raise UserError(f"medmnist/{flag}: finding={finding}: {why}")

    @property
    def info(self) -> TaskInfo:
        record, figures = self._record, SETS[self.flag]
        kind, classes = self._kind_and_classes()
        return TaskInfo(
            name=self._name(),
            kind=kind,
            shape=(self.size, self.size, 3 if len(record.picture) == 3 else 1),
            classes=classes,
            # MedMNIST reports AUC and accuracy, and the engine computes both; arms are compared by this one
            metric="accuracy",
            modality=figures.modality,
            licence=record.licence,
            source=record.url,
            citation=CITATION,
            caveats=self._caveats(),
            reference=self._reference(),
        )

    def prepare(self, root: Path) -> None:
        record, path = self._record, self._find(root)
        if path is None:
            path = root / "medmnist" / record.file
            fetch(record.url, path, record.md5, remedy=f"put {record.file} into {path.parent}")
        medmnist_file.check(path, "train", record)
        medmnist_file.check(path, "test", record)

    def files(self, root: Path) -> list[DataFile]:
        path = self._find(root)
        if path is None:
            return [DataFile(str(root / "medmnist" / self._record.file), "missing")]
        return [medmnist_file.state(path, self._record)]

    def load(self, split: Literal["train", "test"], root: Path) -> Images:
        path = self._find(root)
        if path is None:
            raise DataMissingError(
                f"{self._record.file} is not on this machine; run: gda-bench data prepare {self._name()}, "
                f"or put it into {root / 'medmnist'}"
            )
        x, y = medmnist_file.read(path, split, self._record)
        if not self._multi_label:
            label = y[:, 0]
        elif self.finding == "any":
            label = y.max(axis=1)
        else:
            label = y[:, self._record.labels.index(self.finding)]
        return Images(x if x.ndim == 4 else x[..., None], np.ascontiguousarray(label))

    def _find(self, root: Path) -> Path | None:
        """The file in our folder under root, in root itself, or where the medmnist package keeps its own."""
        places = (root / "medmnist", root, Path.home() / ".medmnist")
        return next((p / self._record.file for p in places if (p / self._record.file).is_file()), None)

    def _name(self) -> str:
        chosen = {"size": self.size, "finding": self.finding}
        options = [f"{key}={value}" for key, value in chosen.items() if value not in (28, "any")]
        return f"medmnist/{self.flag}" + (f":{','.join(options)}" if options else "")

    def _kind_and_classes(self) -> tuple[Kind, tuple[str, ...]]:
        if self._record.kind != "multi-label":
            return self._record.kind, self._record.labels
        if self.finding == "any":
            return "binary", ("no finding", "any finding")
        return "binary", (f"no {self.finding}", self.finding)

    def _caveats(self) -> tuple[str, ...]:
        caveats = ["the official validation split is used neither for training nor for test"]
        if self._multi_label:
            asked = "any of the 14 findings" if self.finding == "any" else self.finding
            caveats.append(
                f"a binary reduction of 14 labels that do not exclude each other: {asked}, or not; "
                "figures cannot be compared with published multi-label ones"
            )
        if self.flag == "dermamnist":
            caveats.append(
                "pictures of one lesion lie in both training and test (Abhishek, Jain & Hamarneh, "
                "Scientific Data, 2025)"
            )
        return tuple(caveats)

    def _reference(self) -> dict[str, Any]:
        """The published figures; none where size or labels differ from those they were measured on."""
        published = SETS[self.flag]
        figures = {"accuracy": published.accuracy, "auc": published.auc}
        known = {metric: figure for metric, figure in figures.items() if figure is not None}
        if self.size != 28 or self._multi_label or not known:
            return {}
        return {**known, "model": "ResNet-18 (28)", "source": "MedMNIST v2, Yang et al. 2023"}
