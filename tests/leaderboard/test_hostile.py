"""What somebody might submit who wants to stand higher than they are, or to harm a reader: each with the line that the
submitter sees, or with the badge that the entry bears."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from board import Board, changed, other_said

from gda_bench.report.predictions import Predictions

Change = Callable[[dict[str, Any]], object]
BIDI, CYRILLIC_E = "\u202e", "\u0435"


def put(place: str, value: Any) -> Change:
    """A change of one place of the document, `a.0.b`."""

    def change(document: dict[str, Any]) -> None:
        *way, last = [int(step) if step.isdigit() else step for step in place.split(".")]
        inner: Any = document
        for step in way:
            inner = inner[step]
        inner[last] = value

    return change


def cell_of(document: dict[str, Any], arm: str, n_synth: int, seed: int) -> dict[str, Any]:
    return next(c for c in document["cells"] if (c["arm"], c["n_synth"], c["seed"]) == (arm, n_synth, seed))


def leave_out(document: dict[str, Any]) -> None:
    document["cells"].remove(cell_of(document, "mix", 160, 2))


def twice(document: dict[str, Any]) -> None:
    document["cells"].append(cell_of(document, "mix", 160, 2))


def chosen_seeds(document: dict[str, Any]) -> None:
    for cell in document["cells"]:
        cell["seed"] = {4: 7}.get(cell["seed"], cell["seed"])


def three_seeds(document: dict[str, Any]) -> None:
    document["profile"]["settings"]["seeds"] = 3
    document["cells"] = [cell for cell in document["cells"] if cell["seed"] < 3]


def better(document: dict[str, Any]) -> None:
    cell_of(document, "mix", 160, 2)["metrics"]["accuracy"] = 0.99


def one_key(document: dict[str, Any]) -> None:
    cell_of(document, "mix", 160, 2)["key"] = cell_of(document, "real", 0, 2)["key"]


def as_control(document: dict[str, Any]) -> None:
    document["generator"] |= {"name": "oracle", "track": "control", "file_digest": None}


def with_weights(document: dict[str, Any]) -> None:
    document["generator"]["weights"] = [{"name": "net", "source": "https://hub.example/net", "digest": "0" * 64}]


def as_builtin(name: str, **changes: Any) -> Change:
    def change(document: dict[str, Any]) -> None:
        document["generator"] |= {"name": name, "file_digest": None, "params": {}, **changes}

    return change


REFUSED: dict[str, tuple[Change, str]] = {
    "markup in the generator's name": (
        put("generator.name", "<b>edm</b>"),
        "report.json: generator.name holds markup: '<b>edm</b>'",
    ),
    "markup in a warning": (
        put("warnings", ["<script>alert(1)</script>"]),
        "report.json: warnings.0 holds markup: '<script>alert(1)</script>'",
    ),
    "markup in a key of free-form settings": (
        put("generator.params", {"<img src=x>": 1}),
        "report.json: a key of generator.params holds markup: '<img src=x>'",
    ),
    "a javascript link": (
        put("task.source", "javascript:alert(1)"),
        "report.json: task.source holds a link that is none: 'javascript:alert(1)'",
    ),
    "a javascript link with spaces": (
        put("task.citation", "see JavaScript : alert(1)"),
        "report.json: task.citation holds a link that is none: 'see JavaScript : alert(1)'",
    ),
    "a link that is not https": (
        put("task.source", "http://example.com/x"),
        "report.json: task.source is no https link: 'http://example.com/x'",
    ),
    "a picture that is none": (
        put("audit.gallery.0.synthetic", 'x" onerror="alert(1)'),
        "report.json: audit.gallery.0.synthetic is no PNG picture in base64",
    ),
    "a path in the generator's name": (
        put("generator.name", "../../../etc"),
        "the generator's name '../../../etc' cannot be shown: 1 to 64 ASCII letters, digits and . _ - between them",
    ),
    "a path in a file's name": (
        put("task.files", [{"path": "../../.ssh/id_rsa", "state": "official"}]),
        "report.json: task.files.0.path is '../../.ssh/id_rsa'; a file's own name is enough",
    ),
    "a homoglyph of a built-in name": (
        put("generator.name", f"{CYRILLIC_E}dm"),
        "the generator's name '\\u0435dm' cannot be shown: 1 to 64 ASCII letters, digits and . _ - between them",
    ),
    "a built-in name in capitals": (
        put("generator.name", "EDM"),
        "EDM is the name of a built-in generator (edm), and this is another: give your class a name of its own",
    ),
    "a built-in name with a dash": (
        put("generator.name", "e-d-m"),
        "e-d-m is the name of a built-in generator (edm), and this is another: give your class a name of its own",
    ),
    "a built-in name without its dash": (
        put("generator.name", "vitcgan"),
        "vitcgan is the name of a built-in generator (vit-cgan), and this is another: give your class a name of its "
        "own",
    ),
    "a built-in name for code of one's own": (
        put("generator.name", "edm"),
        "edm is the name of a built-in generator, and this is another: give your class a name of its own",
    ),
    "a version that the built-in never had": (
        as_builtin("gaussian", version=7),
        "gaussian has no version 7: the newest is 1",
    ),
    "a parameter that the built-in has not": (
        as_builtin("gaussian", params={"seeing": "all"}),
        "gaussian has no parameter 'seeing'",
    ),
    "an open-set built-in on the closed track": (
        as_builtin("folder"),
        "folder is of the open track, not of the closed track",
    ),
    "the direction of writing turned": (
        put("environment.os", f"Linux {BIDI}x"),
        "report.json: environment.os holds the character U+202E, which is not printed",
    ),
    "a terminal's control characters": (
        put("warnings", ["\x1b[2J"]),
        "report.json: warnings.0 holds the character U+001B, which is not printed",
    ),
    "a text without end": (
        put("reproduce", "x" * 5000),
        "report.json: reproduce has 5,000 characters, more than 2,000",
    ),
    "parameters without end": (
        put("generator.params", {f"p{i}": i for i in range(2000)}),
        "the parameters of 'Jitter' fill more than 10,000 characters",
    ),
    "warnings without end": (
        put("warnings", ["x"] * 20_000),
        "report.json: a list of 20,000 items is longer than any report needs",
    ),
    "a link among the samples' weights": (
        put("generator.weights", [{"name": "w", "source": "ftp://x/y", "digest": "0"}]),
        "report.json: generator.weights.0.source is no https link: 'ftp://x/y'",
    ),
    "nested settings": (
        put("generator.params", {"a": json.loads("[" * 300 + "]" * 300)}),
        "report.json: the document: Invalid JSON: recursion limit exceeded at line 1 column",
    ),
    "a key that is no digest": (
        put("cells.0.key", "../../x"),
        "report.json: the key '../../x' of a cell is no sha256 in hexadecimal digits",
    ),
    "a study that is no digest": (
        put("study", "zzzz"),
        "report.json: study is no sha256 in hexadecimal digits",
    ),
    "a number as a string": (
        put("cells.0.metrics.accuracy", "0.99"),
        "report.json: cells.0.metrics.accuracy: Input should be a valid number",
    ),
    "a share above 1": (
        put("cells.0.metrics.accuracy", 1.2),
        "report.json: cells.0.metrics.accuracy: Input should be less than or equal to 1",
    ),
    "an unknown key": (
        put("rank", 1),
        "report.json: rank: Extra inputs are not permitted",
    ),
    "a newer schema": (
        put("schema_version", 2),
        "report.json: schema version 2 is newer than this gda-bench reads (1); upgrade gda-bench",
    ),
    "a schema that never was": (
        put("schema_version", 0),
        "report.json: schema_version: Input should be 1",
    ),
    "a task of another suite": (
        put("task.name", "mnist"),
        "the task 'mnist' is not in suite t1: digits",
    ),
    "other data": (
        put("task.data_digest", "0" * 64),
        "the task's data digest is 0000000000000000000000000000000000000000000..., in suite t1 it is "
        "a025d616eeee165e1604f29884a98cb611ec583cf98...",
    ),
    "another metric": (
        put("task.metric", "auc"),
        "the task's metric is auc, in suite t1 it is accuracy",
    ),
    "patients that nobody knows, for a smaller oracle": (
        put("task.groups", [5, 5]),
        "whether the patients of digits are known is not as in suite t1",
    ),
    "a smaller training split, for a shorter curve": (
        put("task.train_counts", [20] * 10),
        "the task's training counts is [20, 20, 20, 20, 20, 20, 20, 20, 20, 20], in suite t1 it is "
        "[128, 131, 128, 132, 131, 131, 131, 129, 12...",
    ),
    "other parameters of the classifier": (
        put("classifier.params", {"lr": 0.1}),
        "the classifier Centroid has lr=0.1, suite t1 has None",
    ),
    "another classifier": (
        put("classifier.name", "cnn"),
        "the classifier 'cnn' is not in suite t1: centroid",
    ),
    "another file as the classifier": (
        put("classifier.file_digest", "ef" * 32),
        "the classifier Centroid is of another version or file than in suite t1",
    ),
    "a protocol that weighs": (
        put("protocol.name", "weighted"),
        "the protocol is weighted, in suite t1 it is concat",
    ),
    "a filter": (
        put("filter.name", "realism"),
        "the filter is realism, in suite t1 it is none",
    ),
    "a budget in epochs": (
        put("profile.settings.budget", {"unit": "epochs", "amount": 20}),
        "the profile has budget={'unit': 'epochs', 'amount': 20}, suite t1 has {'amount': 20, 'unit': 'steps'}",
    ),
    "a headline chosen afterwards": (
        put("profile.settings.headline_ratio", 1.0),
        "the profile has headline_ratio=1.0, suite t1 has 4.0",
    ),
    "true for one": (
        put("profile.settings.max_share", True),
        "the profile has max_share=True, suite t1 has 0.25",
    ),
    "fewer seeds": (three_seeds, "seeds is '3', suite t1 asks for 5 or more"),
    "chosen seeds": (
        chosen_seeds,
        "the cell copy 40+160 seed 4 is not in the report (and 13 more): one without a result stays in, marked as "
        "failed",
    ),
    "a bad cell left out": (
        leave_out,
        "the cell mix 40+160 seed 2 is not in the report: one without a result stays in, marked as failed",
    ),
    "a cell that stands twice": (twice, "the cell mix 40+160 seed 2 stands twice"),
    "a cell's result given to another": (one_key, "the cells mix 40+160 seed 2 and real 10 seed 2 have one key"),
    "a score that its predictions do not give": (
        better,
        "the cell mix 40+160 seed 2: accuracy is 0.99, its predictions give 0.892",
    ),
    "an arm's mean edited": (put("arms.9.mean", 0.99), "arms.9.mean is 0.99, its predictions give 0.9412"),
    "the exchange rate edited": (
        put("equivalence.exchange_rate.estimate", 0.9),
        "equivalence.exchange_rate.estimate is 0.9, its predictions give 0.187925078828",
    ),
    "the verdict edited": (
        put("equivalence.verdict", "harmful"),
        "equivalence.verdict is harmful, its predictions give established",
    ),
    "the sentence edited": (
        put("equivalence.sentence", "It is wonderful."),
        "equivalence.sentence is It is wonderful., its predictions give On digits, adding 160 Jitter images to 40 ",
    ),
    "a law's selection edited": (put("law.selected", "none!"), "law.selected is none!, its predictions give"),
    "a control called passed": (
        put("controls.copy.exchange_rate.low", -9.0),
        "controls.copy.exchange_rate.low is -9, its predictions give",
    ),
    "a control left out of the summary": (put("controls.copy", None), "controls.copy is nothing, its predictions give"),
    "the closed track claimed with weights": (
        with_weights,
        "Jitter claims the closed track and lists weights beyond the n: it is an open-set generator",
    ),
    "a control as an entry": (
        as_control,
        "oracle is a control: controls are part of every report and are no entries",
    ),
    "a folder of another name": (
        put("study", "00" * 32),
        "the folder of this report is digits--Jitter--Centroid--00000000, not digits--Jitter--Centroid--3f9a3f9a",
    ),
}


@pytest.mark.parametrize("attack", REFUSED)
def test_a_report_that_says_what_it_may_not_is_refused_in_a_line(board: Board, attack: str) -> None:
    change, line = REFUSED[attack]
    finding = board.verdict(board.submit(change))
    assert finding.rung is None
    assert finding.why == line or (finding.why.startswith(line) and len(line) > 40)
    assert "\n" not in finding.why
    assert finding.why.isprintable()


def raw(text: Callable[[str], str]) -> Callable[[Board], Path]:
    """The honest document, changed as text."""

    def make(board: Board) -> Path:
        folder = board.submit()
        path = folder / "report.json"
        path.write_text(text(path.read_text()))
        return folder

    return make


def linked(name: str) -> Callable[[Board], Path]:
    def make(board: Board) -> Path:
        folder = board.submit()
        (folder / name).unlink()
        (folder / name).symlink_to(board.honest / name)
        return folder

    return make


def archive(**arrays: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as members:
        for name, content in arrays.items():
            members.writestr(f"{name}.npy", content)
    return file.getvalue()


def npy(array: Any, *, shape: str | None = None) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    content = file.getvalue()
    if shape:
        mine = f"'shape': {array.shape}, }}"
        content = content.replace(mine.encode(), f"'shape': {shape}, }}".encode().ljust(len(mine))[: len(mine)])
    return content


class Bomb:
    def __reduce__(self) -> Any:
        return (print, ("loaded",))


PICKLED = npy(np.array([Bomb()], dtype=object))
KEYS = npy(np.array([b"k"], "S64"))


def with_predictions(content: Any) -> Callable[[Board], Path]:
    return lambda board: board.submit(predictions=content)


def foreign_labels(predictions: Predictions) -> Predictions:
    y = np.array(predictions.y)
    i, j = 0, int(np.flatnonzero(y != y[0])[0])
    y[[i, j]] = y[[j, i]]
    return changed(predictions, y=y)


FILES: dict[str, tuple[Callable[[Board], Path], str]] = {
    "NaN": (
        raw(lambda text: text.replace('"wall_s": 1.0', '"wall_s": NaN', 1)),
        "report.json: NaN is not a number that a report may hold; absent is null",
    ),
    "infinity": (
        raw(lambda text: text.replace('"wall_s": 1.0', '"wall_s": 1e999', 1)),
        "report.json: cells.0.wall_s: Input should be a finite number",
    ),
    "a key twice": (
        raw(lambda text: text.replace('"created":', '"study": "x", "created":', 1)),
        "report.json: the key 'study' stands twice in one object",
    ),
    "deep nesting": (
        raw(lambda text: "[" * 100_000 + "]" * 100_000),
        "report.json: nested too deeply to be a report",
    ),
    "a number of a million digits": (
        raw(lambda text: text.replace('"wall_s": 1.0', f'"wall_s": {"9" * 10_000}', 1)),
        "report.json: not a report (Exceeds the limit (4300 digits) for integer string conversion",
    ),
    "a million cells": (
        raw(lambda text: text.replace('"cells": [', '"cells": [' + '{"arm": "mix"},' * 1_000_000, 1)),
        "report.json: has 15,1",
    ),
    "not JSON": (raw(lambda text: text[:-10]), "report.json: not JSON (line 1, column "),
    "bytes that are no text": (
        lambda board: _bytes(board, b"\xff\xfe{}"),
        "report.json: not a text file",
    ),
    "a report that is a link": (linked("report.json"), "report.json: is a link, not a file"),
    "predictions that are a link": (linked("predictions.npz"), "predictions.npz: is a link, not a file"),
    "a page beside the report": (
        lambda board: _beside(board, "index.html"),
        "'index.html' is no part of an entry: report.json, predictions.npz and verified.json are",
    ),
    "pickled predictions": (
        with_predictions(archive(keys=PICKLED, said=PICKLED, y=PICKLED)),
        "predictions.npz: keys holds pickled objects, which can run code and are never loaded",
    ),
    "a zip bomb": (
        with_predictions(archive(keys=KEYS, y=npy(np.zeros(1, np.uint8)), said=npy(np.zeros((70, 2**22), np.uint8)))),
        "predictions.npz: keys is (1,), which does not go with 70 cells of 500 images",
    ),
    "a header that promises more than there is": (
        with_predictions(
            archive(
                keys=KEYS,
                y=npy(np.zeros(1, np.uint8)),
                said=npy(np.zeros((11111, 1), np.uint8), shape="(9, 9**9)"),
            )
        ),
        "predictions.npz: ",
    ),
    "predictions that are no archive": (with_predictions(b"PK"), "predictions.npz: not a readable .npz file: "),
    "predictions of another shape": (
        with_predictions(lambda p: changed(p, said=p.said[:, :-1], y=p.y[:-1])),
        "predictions.npz: said is (70, 499), which does not go with 70 cells of 500 images",
    ),
    "predictions of fewer cells": (
        with_predictions(lambda p: changed(p, said=p.said[1:], keys=p.keys[1:])),
        "predictions.npz: keys is (69,), which does not go with 70 cells of 500 images",
    ),
    "predictions of other cells": (
        with_predictions(lambda p: changed(p, keys=("0" * 64, *p.keys[1:]))),
        "the cell copy 40+160 seed 0 is ok, its predictions give nothing (and 11 more)",
    ),
    "an array that nobody asked for": (
        with_predictions(archive(keys=KEYS, said=KEYS, y=KEYS, evil=KEYS)),
        "predictions.npz: holds 'evil', which is no part of predictions.npz",
    ),
    "floats for labels": (
        with_predictions(archive(keys=KEYS, said=npy(np.zeros((1, 1))), y=npy(np.zeros(1, np.uint8)))),
        "predictions.npz: said is float64 (1, 1); see the documentation of predictions.npz for what it should be",
    ),
    "labels that the task has not": (
        with_predictions(lambda p: changed(p, said=np.where(p.said == 3, 200, p.said).astype(np.uint8))),
        "the predictions hold label 200, the task has 10 classes",
    ),
    "foreign truths": (
        with_predictions(foreign_labels),
        "predictions.npz: its true labels are not those of digits's test split",
    ),
    "patients of one's own, for narrower intervals": (
        with_predictions(lambda p: changed(p, group=np.arange(500) % 100)),
        "predictions.npz: its patients are not those of digits's test split",
    ),
    "one prediction changed": (with_predictions(other_said), "the cell copy 40+160 seed 3: accuracy is "),
    "a verified.json that is none": (
        lambda board: _beside(board, "verified.json"),
        "verified.json: is not what the checks write; leave it out",
    ),
}


def _bytes(board: Board, content: bytes) -> Path:
    folder = board.submit()
    (folder / "report.json").write_bytes(content)
    return folder


def _beside(board: Board, name: str) -> Path:
    folder = board.submit()
    (folder / name).write_text("{}")
    return folder


@pytest.mark.parametrize("attack", FILES)
def test_files_that_are_not_what_they_should_be_are_refused_in_a_line(
    board: Board, attack: str, capsys: pytest.CaptureFixture[str]
) -> None:
    make, line = FILES[attack]
    finding = board.verdict(make(board))
    assert finding.rung is None
    assert finding.why.startswith(line)
    assert finding.why.isprintable()
    assert "loaded" not in capsys.readouterr().out


BADGES: dict[str, tuple[Change, str, str]] = {
    "changes that no commit holds": (
        put("environment.git_dirty", True),
        "recomputed",
        "made by code with changes that no commit holds",
    ),
    "code of no commit": (
        put("environment.git_commit", None),
        "recomputed",
        "made by code of no known commit or image",
    ),
    "no isolation": (
        put("environment.isolation", "not enforced: the kernel has no Landlock"),
        "recomputed",
        "nothing enforced that the generator saw its n images alone",
    ),
    "isolation not told": (
        put("environment.isolation", None),
        "recomputed",
        "nothing enforced that the generator saw its n images alone",
    ),
    "a leak from the test split": (
        put("audit.test_leak", True),
        "well-formed",
        "the audit found images of the test split among the samples",
    ),
}


@pytest.mark.parametrize("case", BADGES)
def test_what_is_honest_and_weak_stands_with_a_badge(board: Board, case: str) -> None:
    change, rung, remark = BADGES[case]
    finding = board.verdict(board.submit(change))
    assert finding.rung == rung
    assert remark in finding.remarks
