"""What a component says of itself, judged: from a child it is foreign data."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Facts(BaseModel):
    """What a generator declares, as a child says it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    track: str
    open_class: bool
    needs_held_out: bool
    weights: dict[str, dict[str, Any]]
    other_images: str | None
    quick: dict[str, Any]
    doc: str


class Description(BaseModel):
    """params: all bound. defaults: the constructor's. facts: of a generator, see Facts."""

    model_config = ConfigDict(extra="forbid", strict=True)

    params: dict[str, Any]
    version: int
    defaults: dict[str, Any]
    facts: dict[str, Any]
