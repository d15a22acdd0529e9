"""What is published of the twelve 2-D sets of MedMNIST: figures here, the rest from the medmnist package."""

from __future__ import annotations

import importlib.util
import runpy
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from gda_bench.api import Kind

SIZES = (28, 64, 128, 224)
CITATION = "Yang et al.: MedMNIST v2, Scientific Data 10:41, 2023, doi:10.1038/s41597-022-01721-8"


@dataclass(frozen=True, slots=True)
class Figures:
    """auc, accuracy: ResNet-18 at 28 px on the official test split, Table 3 of the MedMNIST v2 paper.

    Only figures that were found in a second place beside the paper's; the others are None.
    """

    modality: str
    auc: float | None = None
    accuracy: float | None = None


SETS: Mapping[str, Figures] = {
    "pathmnist": Figures("colon pathology", 0.983, 0.907),
    "chestmnist": Figures("chest X-ray", 0.768),
    "dermamnist": Figures("dermatoscope", None, 0.735),
    "octmnist": Figures("retinal OCT", None, 0.743),
    "pneumoniamnist": Figures("chest X-ray", 0.944, 0.854),
    "retinamnist": Figures("fundus camera"),
    "breastmnist": Figures("breast ultrasound", 0.901, 0.863),
    "bloodmnist": Figures("blood cell microscope"),
    "tissuemnist": Figures("kidney cortex microscope"),
    "organamnist": Figures("abdominal CT, axial"),
    "organcmnist": Figures("abdominal CT, coronal"),
    "organsmnist": Figures("abdominal CT, sagittal"),
}

_KINDS: Mapping[str, Kind | Literal["multi-label"]] = {
    "binary-class": "binary",
    "multi-class": "multiclass",
    "ordinal-regression": "ordinal",
    "multi-label, binary-class": "multi-label",
}


@dataclass(frozen=True, slots=True)
class Published:
    """One set at one size, as the medmnist package records it.

    picture: the shape of one image, (size, size) or (size, size, 3). labels: their names, in label order.
    """

    file: str
    url: str
    md5: str
    kind: Kind | Literal["multi-label"]
    picture: tuple[int, ...]
    labels: tuple[str, ...]
    n_train: int
    n_test: int
    licence: str


def published(flag: str, size: int) -> Published:
    """The record of a flag in SETS at a size in SIZES."""
    info = _package_info()[flag]
    suffix = "" if size == 28 else f"_{size}"
    return Published(
        file=f"{flag}{suffix}.npz",
        url=info[f"url{suffix}"],
        md5=info[f"MD5{suffix}"],
        kind=_KINDS[info["task"]],
        picture=(size, size, 3) if info["n_channels"] == 3 else (size, size),
        labels=tuple(info["label"][str(i)] for i in range(len(info["label"]))),
        n_train=info["n_samples"]["train"],
        n_test=info["n_samples"]["test"],
        licence=info["license"],
    )


@cache
def _package_info() -> Mapping[str, dict[str, Any]]:
    package = importlib.util.find_spec("medmnist")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("the package medmnist is not installed", name="medmnist")
    # this file alone: `import medmnist` takes torch and seconds with it, for a table of names and digests
    table = Path(package.submodule_search_locations[0], "info.py")
    with warnings.catch_warnings():
        # it makes ~/.medmnist, and warns where the home folder cannot be written; we need neither
        warnings.simplefilter("ignore")
        info: Mapping[str, dict[str, Any]] = runpy.run_path(str(table))["INFO"]
    return info
