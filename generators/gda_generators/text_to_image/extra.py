"""The optional libraries without which no text-to-image pipeline can be read."""

from __future__ import annotations

from importlib.util import find_spec

from gda_bench.api import UserError


def require_open_set() -> None:
    """Raises UserError, which names the command that installs them, where one lacks."""
    lacking = [name for name in ("peft", "transformers", "accelerate") if find_spec(name) is None]
    if lacking:
        raise UserError(
            f"generators that start from a text-to-image model need {' and '.join(lacking)}: "
            "pip install 'gda-bench[open-set]'"
        )
