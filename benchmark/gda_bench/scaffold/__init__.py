"""`new`: a working plugin to start from. It passes `gda-bench check` as written."""

from __future__ import annotations

import keyword
import re
from importlib.resources import files
from pathlib import Path
from typing import Literal, get_args

from gda_bench.errors import UserError, nearest

What = Literal["generator", "classifier", "task"]
WHAT: tuple[What, ...] = get_args(What)


def write(what: str, name: str, folder: Path) -> tuple[Path, str]:
    """The new file, and its class. Raises UserError on a name that is none, or a file that exists."""
    if what not in WHAT:
        raise UserError(f"new {what!r}: {nearest(what, WHAT)}")
    words = re.findall(r"[A-Za-z][a-z0-9]*|[0-9]+", name)
    module, cls = "_".join(w.lower() for w in words), "".join(w[0].upper() + w[1:] for w in words)
    if not module.isidentifier() or keyword.iskeyword(module):
        raise UserError(f"{name!r} cannot be the name of a Python module: use letters and digits, as in blur")
    path = folder / f"{module}.py"
    text = files("gda_bench.scaffold").joinpath(f"{what}.py.txt").read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as f:
            f.write(text.replace("NAME", module).replace("Plugin", cls))
    except FileExistsError:
        raise UserError(f"{path} exists; choose another name, or another folder with --out") from None
    except OSError as error:
        raise UserError(f"{path} cannot be written ({error.strerror})") from None
    return path, cls
