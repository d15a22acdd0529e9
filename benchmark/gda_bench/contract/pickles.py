"""Pickles among what a plugin saves: loading a file that somebody sent must not run their code."""

from __future__ import annotations

import zipfile
from pathlib import Path

from gda_bench.contract.finding import Broken

SUFFIXES = (".pkl", ".pickle", ".pt", ".pth", ".bin", ".ckpt")
BEGINNINGS = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


def refuse_pickles(folder: Path) -> None:
    """Raises Broken, which names the first."""
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if path.suffix in SUFFIXES or _pickled(path):
            raise Broken(f"saved {path.name}, a pickle: write npz, safetensors or json")


def _pickled(path: Path) -> bool:
    with path.open("rb") as f:
        if f.read(2) in BEGINNINGS:
            return True
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        # torch.save writes a zip with a pickle in it; an npz array of objects holds one behind its header
        for name in archive.namelist():
            with archive.open(name) as member:
                head = member.read(512)
            if name.endswith(".pkl") or b"'descr': '|O'" in head:
                return True
    return False
