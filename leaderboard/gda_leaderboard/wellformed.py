"""The first rung: a document that may be shown. Whatever is refused here would only mislead, or attack, a reader.

All text is shown as text wherever it is shown; these rules come before that, so that no page need ever rely on it.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from gda_bench.errors import UserError
from gda_bench.evidence import builtin_generator, builtin_generators
from gda_bench.report import Report
from gda_leaderboard.entry import PREDICTIONS, REPORT, VERIFIED
from gda_leaderboard.words import quoted

NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")
DIGEST: Final = re.compile(r"[0-9a-f]{64}")
MARKUP: Final = re.compile(r"<\s*[A-Za-z/!?]|&(?:#|[A-Za-z]+;)")
SCRIPT: Final = re.compile(r"\b(?:javascript|vbscript|data|file|blob)\s*:\s*\S", re.IGNORECASE)
UNSEEN: Final = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
"""Unicode categories: control and format characters, such as those that turn the direction of writing."""
MOST_TEXT: Final = 2000
MOST_PICTURE: Final = 2**17
"""Characters of a picture in base64."""
MOST_PARAMETERS: Final = 10_000
"""Characters of a component's parameters as JSON."""
MOST_ITEMS: Final = 10_000
"""Of one list; cells are counted by the grid."""
PICTURES: Final = re.compile(r"audit\.(?:gallery|closest)\.\d+\.(?:synthetic|nearest)")
ERRORS: Final = re.compile(r"cells\.\d+\.error")
"""What a failed cell raised: somebody else's words, in which `<class 'int'>` is no markup."""
PNG: Final = b"\x89PNG\r\n\x1a\n"


def check_folder(folder: Path) -> None:
    """Raises UserError where an entry's folder holds anything but its files."""
    if folder.is_symlink() or not folder.is_dir():
        raise UserError("is a link or no folder")
    for path in sorted(folder.iterdir()):
        if path.name not in (REPORT, PREDICTIONS, VERIFIED):
            raise UserError(f"{quoted(path.name)} is no part of an entry: {REPORT}, {PREDICTIONS} and {VERIFIED} are")
        if path.is_symlink() or not path.is_file():
            raise UserError(f"{path.name}: is a link, not a file" if path.is_symlink() else f"{path.name}: is no file")


def check_document(report: Report) -> None:
    """Raises UserError, which names the place, where a report holds text that may not be shown."""
    for place, text in texts(report.model_dump(mode="json", by_alias=True)):
        if reason := _against(place, text):
            raise UserError(f"report.json: {place} {reason}")
    _check_sizes(report)
    if not DIGEST.fullmatch(report.study):
        raise UserError("report.json: study is no sha256 in hexadecimal digits")
    for i, file in enumerate(report.task.files):
        if re.search(r"[/\\]", file.path) or file.path in (".", ".."):
            raise UserError(f"report.json: task.files.{i}.path is {quoted(file.path)}; a file's own name is enough")
    for cell in report.cells:
        if not DIGEST.fullmatch(cell.key):
            raise UserError(f"report.json: the key {quoted(cell.key)} of a cell is no sha256 in hexadecimal digits")
    check_generator(report)


def _check_sizes(report: Report) -> None:
    for part in (report.task, report.generator, report.classifier, report.protocol, report.filter):
        if len(json.dumps(part.params)) > MOST_PARAMETERS:
            raise UserError(f"the parameters of {quoted(part.name)} fill more than {MOST_PARAMETERS:,} characters")
    audit = report.audit
    for items in (report.warnings, report.arms, report.cost, audit.embedding, audit.gallery, audit.closest):
        if len(items) > MOST_ITEMS:
            raise UserError(f"report.json: a list of {len(items):,} items is longer than any report needs")


def check_generator(report: Report) -> None:
    """Raises UserError where a generator's name, version or track is not what it may call itself."""
    generator = report.generator
    name = generator.name
    if not NAME.fullmatch(name):
        raise UserError(
            f"the generator's name {quoted(name)} cannot be shown: 1 to 64 ASCII letters, digits and . _ - between them"
        )
    if generator.track == "control":
        raise UserError(f"{name} is a control: controls are part of every report and are no entries")
    if generator.track == "closed" and (generator.weights or generator.other_images):
        raise UserError(
            f"{name} claims the closed track and lists {'weights' if generator.weights else 'images'} beyond the n: "
            "it is an open-set generator"
        )
    builtin = {_bare(builtin): builtin for builtin in builtin_generators()}.get(_bare(name))
    if builtin is None:
        return
    if builtin != name or generator.file_digest:
        raise UserError(
            f"{name} is the name of a built-in generator" + (f" ({builtin})" if builtin != name else "") + ", and this "
            "is another: give your class a name of its own"
        )
    ours = builtin_generator(name)
    if not 1 <= generator.version <= ours.version:
        raise UserError(f"{name} has no version {generator.version}: the newest is {ours.version}")
    if generator.track != ours.track:
        raise UserError(f"{name} is of the {ours.track} track, not of the {generator.track} track")
    if odd := sorted(generator.params.keys() - ours.parameters):
        raise UserError(f"{name} has no parameter {quoted(odd[0])}")


def _bare(name: str) -> str:
    """A name without what the eye passes over."""
    return re.sub(r"[._-]", "", name.lower())


def texts(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Every string of a JSON value, keys of its objects included, with its place."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            where = f"{place}.{key}" if place else str(key)
            if not NAME.fullmatch(key):
                yield f"a key of {place}", key
                where = place
            yield from texts(inner, where)
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from texts(inner, f"{place}.{i}")


def _against(place: str, text: str) -> str | None:
    """Why a text may not be shown; None where it may."""
    if PICTURES.fullmatch(place):
        return None if _is_png(text) else "is no PNG picture in base64"
    foreign = bool(ERRORS.fullmatch(place))
    reason = None
    if len(text) > MOST_TEXT:
        reason = f"has {len(text):,} characters, more than {MOST_TEXT:,}"
    elif odd := [c for c in text if unicodedata.category(c) in UNSEEN and not (foreign and c in "\n\t")]:
        reason = f"holds the character U+{ord(odd[0]):04X}, which is not printed"
    elif MARKUP.search(text) and not foreign:
        reason = f"holds markup: {quoted(text)}"
    elif SCRIPT.search(text) and not foreign:
        reason = f"holds a link that is none: {quoted(text)}"
    elif place.endswith(".source") and "://" in text and not text.startswith("https://"):
        reason = f"is no https link: {quoted(text)}"
    return reason


def _is_png(text: str) -> bool:
    try:
        return len(text) <= MOST_PICTURE and base64.b64decode(text, validate=True).startswith(PNG)
    except (binascii.Error, ValueError):
        return False
