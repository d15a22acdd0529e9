"""One DICOM image, by pydicom and MONAI's reader of it: judged by its header, then decoded and rescaled.

Grey levels follow PS3.3 C.7.6.3 and C.11.2: rescale slope and intercept, the first window of the file, MONOCHROME1
inverted.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gda_bench.api import F32, UserError
from gda_tasks.pictures import Decoded, Range, whole
from gda_tasks.problems import UnusableError, reading

if TYPE_CHECKING:
    from pydicom import Dataset

SAMPLES = {"MONOCHROME1": 1, "MONOCHROME2": 1, "RGB": 3, "YBR_FULL": 3, "YBR_FULL_422": 3, "YBR_ICT": 3, "YBR_RCT": 3}
"""Samples of a pixel by photometric interpretation; pydicom turns YBR into RGB."""
SOFT_TISSUE: Range = (40 - 200, 40 + 200)
"""HU: level 40, window 400, for CT whose files name no window."""
UNREAD = {
    "SegmentSequence": "a segmentation, no image",
    "ModalityLUTSequence": "grey levels by a modality look-up table, which is not read: export it rescaled",
}


def read(path: Path, shown: Range | None) -> Decoded:
    """The image, rescaled. shown: in the rescaled unit, in place of the file's window. Raises UnusableError with what
    is wrong with the file."""
    pydicom = _pydicom()
    from monai.data import PydicomReader

    reader = PydicomReader(swap_ij=False)
    with _silent(), reading("is a damaged DICOM file"):
        try:
            header = reader.read(path)
        except pydicom.errors.InvalidDicomError:
            raise UnusableError("is no DICOM file: it lacks the mark DICM") from None
        photometric = _judge(header)
        with reading("its pixels cannot be decoded, truncated perhaps"):
            values = np.asarray(reader.get_data(header)[0], np.float32)
        spacing = header.get("PixelSpacing") or header.get("ImagerPixelSpacing")
        mm = (float(spacing[0]), float(spacing[1])) if spacing else None
        if SAMPLES[photometric] == 3:
            return Decoded(values[None], (0.0, 255.0), spacing=mm)
        return Decoded(values[None, ..., None], shown or _shown(header, values), photometric == "MONOCHROME1", mm)


def patient_id(path: Path) -> str | None:
    """What the file calls its patient, to tell patients apart by; never to be shown or stored."""
    pydicom = _pydicom()
    try:
        with _silent(), reading("is a damaged DICOM file"):
            header = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=["PatientID"])
            return str(header.get("PatientID") or "").strip() or None
    except UnusableError:  # as `read` will say
        return None


@contextmanager
def _silent() -> Iterator[None]:
    """Within, nobody remarks on odd values of a header, which could quote one of the patient."""
    logger = logging.getLogger("pydicom")
    before, logger.disabled = logger.disabled, True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = before


def _pydicom() -> Any:
    try:
        import pydicom
    except ModuleNotFoundError:
        raise UserError("DICOM files need pydicom: pip install 'gda-bench[medical]'") from None
    return pydicom


def _judge(header: Dataset) -> str:
    """The photometric interpretation of an image that we can show rightly."""
    for keyword, what in UNREAD.items():
        if keyword in header:
            raise UnusableError(f"holds {what}")
    if not header.get("PixelData"):
        raise UnusableError("holds no pixels")
    frames = int(header.get("NumberOfFrames") or 1)
    if frames > 1:
        raise UnusableError(f"holds {frames} frames: export each as a file of its own")
    _decodable(header)
    photometric, samples = str(header.get("PhotometricInterpretation")), header.get("SamplesPerPixel", 1)
    if photometric not in SAMPLES:
        raise UnusableError(f"photometric interpretation {photometric} is not read: {', '.join(SAMPLES)} are")
    if SAMPLES[photometric] != samples:
        needed = SAMPLES[photometric]
        raise UnusableError(
            f"photometric interpretation {photometric} needs {needed} samples a pixel, it has {samples}"
        )
    if samples == 3 and header.get("BitsAllocated") != 8:
        raise UnusableError(f"is in colour with {header.get('BitsAllocated')} bits a sample, not 8")
    return photometric


def _decodable(header: Dataset) -> None:
    from pydicom.pixels.decoders.base import get_decoder

    syntax = header.file_meta.get("TransferSyntaxUID") if hasattr(header, "file_meta") else None
    if syntax is None:
        raise UnusableError("names no transfer syntax")
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError:
        raise UnusableError(f"its transfer syntax {syntax.name} is not one of images that pydicom decodes") from None
    if not decoder.is_available:
        needed = re.findall(r"([\w-]+)>=", decoder.missing_dependencies[-1])
        raise UnusableError(f"is compressed by {syntax.name}; to decode it: pip install {' '.join(needed)}")


def _shown(header: Dataset, values: F32) -> Range:
    """The file's window; of CT without one soft tissue; else all that the bits stored can hold."""
    centre, width = _first(header.get("WindowCenter")), _first(header.get("WindowWidth"))
    if centre is not None and width is not None:
        function = str(header.get("VOILUTFunction") or "LINEAR")
        # PS3.3 C.11.2.1.2: LINEAR counts from the middle of the first value to that of the last
        exact = function == "LINEAR_EXACT"
        middle, half = (centre, width / 2) if exact else (centre - 0.5, (width - 1) / 2)
        if function not in ("LINEAR", "LINEAR_EXACT") or half <= 0:
            raise UnusableError(
                f"its window is {function} of width {width:g}, which is not read: give level= and window="
            )
        return middle - half, middle + half
    if "VOILUTSequence" in header:
        raise UnusableError("its window is a look-up table, which is not read: give level= and window=")
    if header.get("Modality") == "CT" or header.get("RescaleType") == "HU":
        return SOFT_TISSUE
    bits = int(header.BitsStored)
    lowest = -(2 ** (bits - 1)) if header.PixelRepresentation else 0
    slope, intercept = float(header.get("RescaleSlope", 1)), float(header.get("RescaleIntercept", 0))
    ends = sorted((lowest * slope + intercept, (lowest + 2**bits - 1) * slope + intercept))
    return whole(values, *ends)


def _first(value: Any) -> float | None:
    """A window may be one of several; the first is the one to begin with."""
    if value is None or value == "":
        return None
    return float(value[0] if isinstance(value, Sequence) else value)
