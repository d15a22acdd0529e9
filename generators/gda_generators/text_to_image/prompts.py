"""Prompts of class names: a few templates by modality, or those of a file, one a line."""

from __future__ import annotations

from pathlib import Path

from gda_bench.api import TaskInfo

LABEL = "{label}"
NATURAL = ("a photo of a {label}", "a close-up photo of a {label}", "a photo of one {label}")
OTHER = ("{modality}, {label}", "an image of {label}, {modality}", "{modality} showing {label}")


def built_in(task: TaskInfo) -> list[str]:
    """Templates that name the modality where it is more than natural images."""
    if "natural" in task.modality:
        return list(NATURAL)
    return [template.replace("{modality}", task.modality) for template in OTHER]


def read_templates(path: Path) -> list[str]:
    """The lines of a file; empty ones, and those that begin with #, are left out. Raises ValueError."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"the templates {path} cannot be read: {error}") from None
    found = []
    for number, text in enumerate(lines, 1):
        line = text.strip()
        if not line or line.startswith("#"):
            continue
        if LABEL not in line:
            raise ValueError(f"{path}, line {number}: no {LABEL} in {line!r}")
        found.append(line)
    if not found:
        raise ValueError(f"{path} holds no template; write one a line, as in: a photo of a {LABEL}")
    return found


def prompt(template: str, label: str) -> str:
    """The template with the class's name in it."""
    return template.replace(LABEL, label.replace("_", " "))
