"""Here audits are tried as they are."""

from __future__ import annotations

import pytest


@pytest.fixture
def small_audits() -> None:
    """In place of the one that makes other tests' studies smaller."""
