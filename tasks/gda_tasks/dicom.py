"""One DICOM image, by pydicom and MONAI's reader of it: judged by its header, then decoded and rescaled.

Grey levels follow PS3.3 C.7.6.3 and C.11.2: rescale slope and intercept, the first window of the file, MONOCHROME1
inverted.
"""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gda_bench.api import F32, UserError
from gda_tasks.pictures import Decoded, Range, whole

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
    """The image, rescaled. shown: in the rescaled unit, in place of the file's window. Raises ValueError with what is
    wrong with the file."""
    pydicom = _pydicom()
    from monai.data import PydicomReader

    reader = PydicomReader(swap_ij=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd values in headers, and of the missing position of a radiograph
        try:
            header = reader.read(path)
        except pydicom.errors.InvalidDicomError:
            raise ValueError("is no DICOM file: it lacks the mark DICM") from None
        except Exception as error:  # a parser of damaged bytes raises anything
            raise ValueError(f"is a damaged DICOM file: {error}") from None
        photometric = _judge(header)
        try:
            values = np.asarray(reader.get_data(header)[0], np.float32)
        except Exception as error:  # as above
            raise ValueError(f"its pixels cannot be decoded, truncated perhaps: {error}") from None
    spacing = header.get("PixelSpacing") or header.get("ImagerPixelSpacing")
    mm = (float(spacing[0]), float(spacing[1])) if spacing else None
    if SAMPLES[photometric] == 3:
        return Decoded(values[None], (0.0, 255.0), spacing=mm)
    return Decoded(values[None, ..., None], shown or _shown(header, values), photometric == "MONOCHROME1", mm)


def patient_id(path: Path) -> str | None:
    """What the file calls its patient, to tell patients apart by; never to be shown or stored."""
    pydicom = _pydicom()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            header = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=["PatientID"])
            return str(header.get("PatientID") or "").strip() or None
        except Exception:  # a damaged file; `read` says how
            return None


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
            raise ValueError(f"holds {what}")
    if not header.get("PixelData"):
        raise ValueError("holds no pixels")
    frames = int(header.get("NumberOfFrames") or 1)
    if frames > 1:
        raise ValueError(f"holds {frames} frames: export each as a file of its own")
    _decodable(header)
    photometric, samples = str(header.get("PhotometricInterpretation")), header.get("SamplesPerPixel", 1)
    if photometric not in SAMPLES:
        raise ValueError(f"photometric interpretation {photometric} is not read: {', '.join(SAMPLES)} are")
    if SAMPLES[photometric] != samples:
        needed = SAMPLES[photometric]
        raise ValueError(f"photometric interpretation {photometric} needs {needed} samples a pixel, it has {samples}")
    if samples == 3 and header.get("BitsAllocated") != 8:
        raise ValueError(f"is in colour with {header.get('BitsAllocated')} bits a sample, not 8")
    return photometric


def _decodable(header: Dataset) -> None:
    from pydicom.pixels.decoders.base import get_decoder

    syntax = header.file_meta.get("TransferSyntaxUID") if hasattr(header, "file_meta") else None
    if syntax is None:
        raise ValueError("names no transfer syntax")
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError:
        raise ValueError(f"its transfer syntax {syntax.name} is not one of images that pydicom decodes") from None
    if not decoder.is_available:
        needed = re.findall(r"([\w-]+)>=", decoder.missing_dependencies[-1])
        raise ValueError(f"is compressed by {syntax.name}; to decode it: pip install {' '.join(needed)}")


def _shown(header: Dataset, values: F32) -> Range:
    """The file's window; of CT without one soft tissue; else all that the bits stored can hold."""
    centre, width = _first(header.get("WindowCenter")), _first(header.get("WindowWidth"))
    if centre is not None and width is not None:
        function = str(header.get("VOILUTFunction") or "LINEAR")
        # PS3.3 C.11.2.1.2: LINEAR counts from the middle of the first value to that of the last
        exact = function == "LINEAR_EXACT"
        middle, half = (centre, width / 2) if exact else (centre - 0.5, (width - 1) / 2)
        if function not in ("LINEAR", "LINEAR_EXACT") or half <= 0:
            raise ValueError(f"its window is {function} of width {width:g}, which is not read: give level= and window=")
        return middle - half, middle + half
    if "VOILUTSequence" in header:
        raise ValueError("its window is a look-up table, which is not read: give level= and window=")
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
    return float(value[0] if isinstance(value, (list, tuple)) or hasattr(value, "append") else value)
