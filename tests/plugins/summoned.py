"""Loaded only if a generator could have its own code run by the engine."""

import sys

sys.SUMMONED = True  # type: ignore[attr-defined]
