"""Every task whose data are at hand, once end to end: what all its real images give, and what samples are worth.

python benchmark/studies/tasks.py --store S --out O --data-dir D --seeds 3 > benchmark/studies/tasks.md
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, UltrasoundImageStorage
from table import BOUND, interval, options, run

from gda_bench.report.model import Report

STEPS = 100
"""Of every classifier: a pass through the tool, not the best that a task allows."""
CIFAR = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
HEAD = (
    "| task | classifier | training | test | patients or records | near-duplicates in test | all real: accuracy "
    "| all real: AUC | published | n | n real alone | n + m | exchange rate (95 %) |"
)
RULE = "|---|---|---:|---:|---:|---:|---:|---:|---|---:|---:|---:|---:|"


def tasks(data: Path, folder: Path) -> Iterator[tuple[str, str]]:
    """Task and classifier; what a user would bring as a folder is written out first."""
    for name in ("digits", "fashion-mnist", "medmnist/breastmnist", "medmnist/pneumoniamnist", "lidc"):
        yield name, "cnn"
    yield f"imagefolder:root={_cifar(data, folder / 'cifar10-tenth')}", "cnn"
    yield f"medical-folder:root={_hospital(data, folder / 'ultrasound-dicom')},size=28,metric=accuracy", "cnn"
    yield "mitbih:length=63", "resnet1d"
    _mednist(data, folder / "data" / "MedNIST")
    yield "mednist", "cnn"


def _cifar(data: Path, root: Path) -> Path:
    """A tenth of CIFAR-10 as people keep it: root/train/CLASS/*.png and root/test/CLASS/*.png."""
    if not root.is_dir():
        with np.load(data / "cifar10_lossless_part.npz") as arrays:
            for split in ("train", "test"):
                for i, (x, y) in enumerate(zip(arrays[f"{split}_images"], arrays[f"{split}_labels"], strict=True)):
                    path = root / split / CIFAR[y] / f"{i}.png"
                    path.parent.mkdir(parents=True, exist_ok=True)
                    Image.fromarray(x).save(path)
    return root


def _hospital(data: Path, root: Path) -> Path:
    """BreastMNIST as DICOM files, one of two with dark and bright exchanged (MONOCHROME1), and their table."""
    if not root.is_dir():
        root.mkdir(parents=True)
        rows = ["file,label,split"]
        with np.load(data / "breastmnist.npz") as arrays:
            for split in ("train", "test"):
                for i, (x, y) in enumerate(zip(arrays[f"{split}_images"], arrays[f"{split}_labels"], strict=True)):
                    _dicom(root / f"{split}{i}.dcm", x, inverted=bool(i % 2))
                    rows.append(f"{split}{i}.dcm,{'benign or normal' if y[0] else 'malignant'},{split}")
        (root / "labels.csv").write_text("\n".join(rows))
    return root


def _dicom(path: Path, x: NDArray[np.uint8], *, inverted: bool) -> None:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, UltrasoundImageStorage
    meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid()
    file = FileDataset(str(path), {}, file_meta=meta, preamble=bytes(128))
    file.SOPClassUID, file.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    file.Modality, file.PatientID = "US", ""
    file.Rows, file.Columns = x.shape
    file.SamplesPerPixel, file.BitsAllocated, file.BitsStored, file.HighBit, file.PixelRepresentation = 1, 8, 8, 7, 0
    file.PhotometricInterpretation = "MONOCHROME1" if inverted else "MONOCHROME2"
    file.PixelData = (255 - x if inverted else x).tobytes()
    file.save_as(path, enforce_file_format=True)


def _mednist(data: Path, root: Path) -> None:
    """1,500 pictures of each class, where the task looks for them."""
    if root.is_dir():
        return
    with np.load(data / "mednist_subset_1500pc_jpeg_bytes.npz") as arrays:
        jpeg, ends, classes = arrays["jpeg"].tobytes(), arrays["offsets"], arrays["classes"]
        for i, (label, name) in enumerate(zip(arrays["labels"], arrays["names"], strict=True)):
            path = root / str(classes[label]) / Path(str(name)).name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(jpeg[ends[i] : ends[i + 1]])


def row(report: Report, classifier: str) -> str:
    whole = max((a for a in report.arms if a.arm == "real"), key=lambda a: a.n_real)
    found, task = report.equivalence, report.task
    assert found is not None, f"{task.name} has no headline"
    arms = {(a.arm, a.n_real, a.n_synth): a for a in report.arms}
    cells = [c for c in report.cells if c.arm == "real" and c.n_real == whole.n_real and c.metrics]
    base, mix = arms["real", found.n_real, 0], arms["mix", found.n_real, found.n_synth]
    published = [f"{task.reference[m]:.3f} {m}" for m in ("accuracy", "auc") if m in task.reference]
    columns = [
        task.name, classifier, f"{sum(task.train_counts):,}", f"{sum(task.test_counts):,}",
        " + ".join(map(str, task.groups)) if task.groups else "unknown", _near(report),
        _spread([c.metrics["accuracy"] for c in cells if c.metrics]),
        _spread([c.metrics["auc"] for c in cells if c.metrics and "auc" in c.metrics]),
        ", ".join(published) or "-", found.n_real, f"{base.mean:.3f}", f"{mix.mean:.3f}",
        BOUND[found.real_equivalent.censored] + interval(found.exchange_rate),
    ]  # fmt: skip
    return f"| {' | '.join(map(str, columns))} |"


def _near(report: Report) -> str:
    found = report.task.repeats
    return "-" if found is None else f"{found.near} of {found.looked_at}"


def _spread(values: list[float]) -> str:
    return f"{np.mean(values):.3f} ({np.std(values, ddof=1):.3f})" if len(values) > 1 else "-"


def main() -> None:
    chosen: argparse.Namespace = options(__doc__ or "").parse_args()
    began = time.perf_counter()
    folder = chosen.out / "folders"
    print(f"# Every task end to end, {chosen.seeds} seeds\n")
    print(
        f"Profile quick with {STEPS} steps for each classifier, generator gaussian, protocol concat. `all real` is the"
    )
    print(
        "whole training split, mean over seeds (standard deviation), after those few steps. The exchange rate is of the"
    )
    print("task's primary metric, whose mean the three columns before it show. Made by `benchmark/studies/tasks.py`.\n")
    print("\n".join([HEAD, RULE]), flush=True)
    for task, classifier in tasks(chosen.data_dir, folder):
        if chosen.task and task.partition(":")[0] not in chosen.task:
            continue
        if task == "mednist":
            chosen.data_dir = folder / "data"
        settings: dict[str, Any] = {
            "budget.amount": STEPS, "real_multiples": [0.5, 1, 2, 4], "mix_ratios": [1, 4], "synthetic_ratios": [4],
        }  # fmt: skip
        (report,) = run(chosen, "tasks", task=task, generator="gaussian", classifier=classifier, set=settings)
        print(row(report, classifier), flush=True)
    print(f"\n{time.perf_counter() - began:.0f} s, with what the store held already.")


if __name__ == "__main__":
    main()
