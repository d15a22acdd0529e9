"""Downloads, verified by MONAI against the published digest and moved into place whole or not at all."""

from __future__ import annotations

import http.client
import logging
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from gda_bench.api import DataMissingError

STALL_SECONDS = 30.0


def fetch(url: str, target: Path, digest: str, remedy: str, kind: Literal["md5", "sha256"] = "md5") -> None:
    """Bring `url` to `target`. Raises DataMissingError in one line that ends with `remedy`.

    kind: of the published digest. The file appears under its name only once that is found right; nothing of a
    broken transfer stays.
    """
    from monai.apps import utils as monai

    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # beside the target, so that the last step is a rename within one file system
        with tempfile.TemporaryDirectory(prefix=".partial-", dir=target.parent) as folder:
            part = Path(folder, target.name)
            with _restrained(monai.logger):
                monai.download_url(url, part, hash_val=digest, hash_type=kind, progress=sys.stderr.isatty())
            part.replace(target)
    except monai.HashCheckError as error:
        why = f"what arrived has not the published {kind} {digest}"
        raise DataMissingError(f"{target.name}: not fetched from {url}: {why}; {remedy}") from error
    except (OSError, RuntimeError, http.client.HTTPException) as error:
        why = " ".join(str(error).split()) or type(error).__name__
        raise DataMissingError(f"{target.name}: not fetched from {url}: {why}; {remedy}") from error


@contextmanager
def _restrained(logger: logging.Logger) -> Iterator[None]:
    """Within, a silent network gives up, and MONAI, which logs to stdout, is quiet; then all is as it was."""
    before = socket.getdefaulttimeout(), logger.disabled
    socket.setdefaulttimeout(STALL_SECONDS)
    logger.disabled = True
    try:
        yield
    finally:
        socket.setdefaulttimeout(before[0])
        logger.disabled = before[1]
