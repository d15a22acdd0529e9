"""Seeds by purpose: each use of chance has its own, so adding a component changes nobody else's numbers."""

from __future__ import annotations

import hashlib
from typing import Any

from gda_bench.keys import canonical_json


def derive_seed(seed: int, purpose: str, *identity: Any) -> int:
    """A seed in [0, 2**63) from the replicate's seed, what it is for, and who asks (JSON values)."""
    digest = hashlib.sha256(canonical_json([seed, purpose, *identity]).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
