"""Names of files from names of things: readable, unique, and never a path of somebody else's making."""

from __future__ import annotations

import hashlib
import re


def slug(name: str) -> str:
    """`medmnist/breastmnist` becomes `medmnist--breastmnist`; what is not made of such words is kept apart by a
    digest, so that no two names share a page."""
    if len(name) <= 60 and re.fullmatch(r"[a-z0-9]+([-/][a-z0-9]+)*", name):
        return name.replace("/", "--")
    words = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-")
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{words}---{digest}" if words else digest
