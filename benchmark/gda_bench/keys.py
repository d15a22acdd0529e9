"""Content keys: equal work has an equal key, whoever runs it and wherever."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

KEY_VERSION = 1
"""Raised only by decision: it re-keys everyone's stored work."""


def canonical_json(value: Any) -> str:
    """JSON with one spelling for one value: sorted keys, no white space, ASCII, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def content_key(preimage: Mapping[str, Any]) -> str:
    """sha256 of the canonical JSON of everything that can change a result."""
    return value_digest({"key_version": KEY_VERSION, **preimage})


def value_digest(value: Any) -> str:
    """sha256 of a value's canonical JSON."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def own_name(path: str) -> str:
    """Of a file or folder, its own name: in whose folder it lies is nobody's business."""
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2]


def file_digest(path: Path) -> str:
    """sha256 of a file's bytes."""
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()
