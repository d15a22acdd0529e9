"""What an open-set generator is given: found or fetched by the engine, part of every key, told in the report."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gda_bench.api import Images, UserError, Weights
from gda_bench.executors.worker import Outcome
from gda_bench.report import Report
from gda_bench.stages import FitCell, PoolCell
from gda_bench.study.expand import expand
from gda_bench.study.request import make_request
from gda_bench.study.session import Session, open_session
from gda_bench.weights import find_weights, local_weights

Run = Callable[..., list[Report]]
PLUGINS = Path(__file__).parents[1] / "plugins" / "open_set.py"
CENTROID = f"{PLUGINS.with_name('fast.py')}:Centroid"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "somewhere" / "levels"
    made.mkdir(parents=True)
    (made / "levels.json").write_text("90")
    return made


def notes(tmp_path: Path, name: str) -> set[float]:
    records = [json.loads(p.read_text()) for p in (tmp_path / "store").glob("cells/*/*/record.json")]
    return {r["notes"][name] for r in records if name in r["notes"]}


def session(generator: str) -> Session:
    options = {"task": "digits", "generator": f"{PLUGINS}:{generator}", "classifier": CENTROID, "seeds": 1}
    return open_session(make_request({**options, "set": {"n_real": 40}, "profile": "quick"}))


def sampled(generator: str) -> list[Outcome]:
    """The generator fitted and its pool drawn, and no classifier trained."""
    with session(generator) as opened:
        wanted = [c for c in opened.cells() if isinstance(c, FitCell | PoolCell) and "open_set" in c.component.target]
        return [opened.worker.run(cell) for cell in wanted]


def keys(generator: str) -> tuple[str, dict[str, set[str]]]:
    """A study's key, and those of its cells by the generator whose work they are, or rest on; nothing is run."""
    with session(generator) as opened:
        found: dict[str, set[str]] = {}
        for row in expand(opened.studies[0]).rows:
            name = row.cell.pool.fit.generator.name if row.cell.pool else "real"
            found.setdefault(name, set()).add(row.cell.key)
        return opened.studies[0].key, found


def digest(path: Path, *files: str) -> str:
    return local_weights(Weights(str(path), files=files), Path()).digest


def test_weights_reach_fit_and_sample_and_the_report(fast_run: Run, tmp_path: Path, folder: Path) -> None:
    (report,) = fast_run(generator=f"{PLUGINS}:Reader:model={folder}", seeds=1)
    assert all(c.status == "ok" for c in report.cells)
    assert notes(tmp_path, "level") == {90.0}
    (weights,) = report.generator.weights
    assert (weights.name, weights.source) == ("levels", "levels"), "whose folder it lay in is nobody's business"
    assert weights.digest == digest(folder, *("levels.json",))
    (written,) = (tmp_path / "reports").iterdir()
    for name in ("report.md", "report.html"):
        text = (written / name).read_text()
        assert "Trained on more than the n images: open-set" in text
        assert weights.digest[:12] in text
    assert "open-set generator (trained on more than the n images: weights of levels)" in text


def test_content_counts_and_the_place_does_not(tmp_path: Path, folder: Path) -> None:
    study, first = keys(f"Reader:model={folder}")
    elsewhere = folder.rename(tmp_path / "moved")
    (elsewhere / "README.md").write_text("not read, so not counted")
    assert keys(f"Reader:model={elsewhere}") == (study, first)
    (elsewhere / "levels.json").write_text("91")
    study_after, after = keys(f"Reader:model={elsewhere}")
    assert study_after != study
    assert not after["Reader"] & first["Reader"]
    for shared in ("real", "copy", "oracle"):
        assert after[shared] == first[shared], "what is given to one generator re-keys no other"


def test_weights_that_change_under_a_run_are_a_failure(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = FitCell.run

    def change_first(cell: FitCell, *arguments: Any) -> Any:
        (folder / "levels.json").write_text("123")
        return run(cell, *arguments)

    monkeypatch.setattr(FitCell, "run", change_first)
    fit, pool = sampled(f"Reader:model={folder}")
    assert "no longer what they were" in str(fit.error)
    assert pool.status == "blocked"


@pytest.mark.parametrize(
    ("generator", "error"),
    [
        ("ClosedReader", "ClosedReader of the closed track asks for weights, which only an open-set one may have"),
        ("ControlBorrower", "ControlBorrower of the control track asks for other images"),
    ],
)
def test_the_closed_track_is_given_nothing(fast_run: Run, generator: str, error: str) -> None:
    with pytest.raises(UserError, match=error) as raised:
        fast_run(generator=f"{PLUGINS}:{generator}")
    assert "\n" not in str(raised.value)


def test_a_folder_without_the_files_is_named_and_one_that_is_not_there_as_such(fast_run: Run, tmp_path: Path) -> None:
    errors = {str(tmp_path): "holds none of levels.json: give a folder with them", "./nowhere": "is not there: correct"}
    for model, error in errors.items():
        with pytest.raises(UserError, match=f"{model} {error}"):
            fast_run(generator=f"{PLUGINS}:Reader:model={model}")


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    def fail(*arguments: Any, **options: Any) -> None:
        raise ConnectionError("no route to host\nand a second line")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fail)


@pytest.mark.usefixtures("offline")
def test_a_hub_name_that_cannot_be_fetched_is_one_line(fast_run: Run, tmp_path: Path) -> None:
    with pytest.raises(UserError) as raised:
        fast_run(generator=f"{PLUGINS}:Reader:model=owner/name,revision=abc")
    line, place = str(raised.value), tmp_path / "data" / "weights" / "owner--name" / "abc"
    assert "\n" not in line
    assert f"put levels.json into {place}, or give a local folder" in line
    assert "ConnectionError: no route to host" in line


@pytest.mark.usefixtures("offline")
def test_files_put_where_they_belong_need_no_hub(tmp_path: Path) -> None:
    place = tmp_path / "data" / "weights" / "owner--name" / "main"
    place.mkdir(parents=True)
    (place / "levels.json").write_text("55")
    assert [o.status for o in sampled("Reader:model=owner/name")] == ["computed", "computed"]
    assert notes(tmp_path, "level") == {55.0}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Snooper", "asks for .*, a path of this machine that you did not name"),
        ("Summoner", "asks for images of .*, which is neither rest nor a built-in task nor what you named"),
        ("Climber", "the revision '..' of nobody/nothing is none: give a branch"),
    ],
)
def test_what_nobody_named_is_not_lent_nor_loaded(fast_run: Run, name: str, told: str) -> None:
    """A generator that could name any path would read it; one that could name any task would run its code here."""
    with pytest.raises(UserError, match=told):
        fast_run(generator=f"{PLUGINS}:{name}", seeds=1)
    assert not hasattr(sys, "SUMMONED")


def test_only_the_files_that_the_key_knows_can_be_read(fast_run: Run, folder: Path) -> None:
    (folder / "model.bin").write_bytes(b"not in the key")
    (report,) = fast_run(generator=f"{PLUGINS}:Rummager:model={folder}", seeds=1)
    assert {"Permission denied" in str(c.error) for c in report.cells if c.arm == "mix"} == {True}


def test_a_hubs_folder_of_links_can_be_read(fast_run: Run, folder: Path, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    linked.mkdir()
    (linked / "levels.json").symlink_to(folder / "levels.json")
    (report,) = fast_run(generator=f"{PLUGINS}:Reader:model={linked}", seeds=1)
    assert all(c.status == "ok" for c in report.cells)


def test_fetching_takes_no_pickles_and_leaves_no_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    asked: dict[str, Any] = {}

    def download(name: str, **options: Any) -> None:
        asked.update(options, name=name)
        if options["revision"] == "broken":
            raise OSError("the line went down")
        (options["local_dir"] / "a.json").write_text("{}")
        (options["local_dir"] / ".cache").mkdir()

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    found = find_weights(Weights("owner/name", "r1"), tmp_path)
    assert found.root == tmp_path / "weights" / "owner--name" / "r1"
    assert [p.name for p in found.root.iterdir()] == ["a.json"]
    assert {"*.bin", "*.ckpt", "*.pkl"} <= set(asked["ignore_patterns"])
    assert asked["allow_patterns"] == ["*.safetensors", "*.json", "*.txt", "*.model"]
    asked.clear()
    assert find_weights(Weights("owner/name", "r1"), tmp_path) == found
    assert not asked, "what is there is not fetched again"
    with pytest.raises(UserError, match="the line went down"):
        find_weights(Weights("owner/name", "broken"), tmp_path)
    assert not (found.root.parent / "broken").exists()


def test_a_pickle_beside_the_weights_is_not_read(folder: Path) -> None:
    before = digest(folder, *())
    (folder / "model.bin").write_bytes(b"x")
    assert digest(folder, *()) == digest(folder, *("*",)) == before


def test_a_local_file_counts_by_its_bytes_alone(tmp_path: Path) -> None:
    first, second = tmp_path / "a.txt", tmp_path / "b.txt"
    first.write_text("a {label}")
    second.write_text("a {label}")
    assert find_weights(Weights(str(first)), tmp_path).files == [first]
    assert digest(first, *()) == digest(second, *())
    second.write_text("the {label}")
    assert digest(first, *()) != digest(second, *())


def test_the_rest_of_the_training_split(fast_run: Run, tmp_path: Path) -> None:
    (report,) = fast_run(generator=f"{PLUGINS}:Borrower", seeds=1)
    assert notes(tmp_path, "others") == {1297 - 40}
    assert notes(tmp_path, "n") == {40}
    assert notes(tmp_path, "shared") == {0}
    given = report.generator.other_images
    assert given
    assert (given.source, given.count, given.data_digest) == ("rest", 1257, None)
    assert any("all training images outside the n" in w for w in report.warnings)
    assert f"--generator {PLUGINS.name}:Borrower " in report.reproduce
    assert str(PLUGINS.parent) not in report.model_dump_json()


def test_the_task_itself_under_its_own_name_is_refused(fast_run: Run) -> None:
    with pytest.raises(UserError, match="asks for images of digits, the task itself: write rest"):
        fast_run(generator=f"{PLUGINS}:Borrower:images=digits")


def test_a_task_that_nothing_has_is_told_at_once(fast_run: Run) -> None:
    with pytest.raises(UserError, match="unknown task 'digitz': did you mean digits"):
        fast_run(generator=f"{PLUGINS}:Borrower:images=digitz")


def test_another_task_is_resized_and_its_training_split_alone_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gda_tasks.fashion_mnist import FashionMNIST

    rng = np.random.default_rng(0)
    larger = Images(rng.integers(0, 256, (30, 28, 28, 1)).astype(np.uint8), np.arange(30, dtype=np.int64) % 10)

    def load(self: FashionMNIST, split: str, root: Path) -> Images:
        assert split == "train", "no test split is ever given"
        return larger

    monkeypatch.setattr(FashionMNIST, "files", lambda self, root: [])
    monkeypatch.setattr(FashionMNIST, "load", load)
    assert [o.status for o in sampled("Borrower:images=fashion-mnist")] == ["computed", "computed"]
    assert notes(tmp_path, "others") == {30}
    with session("Borrower:images=fashion-mnist") as opened:
        given = opened.studies[0].given.images
    assert given
    assert (given.source, given.count, given.digest) == ("fashion-mnist", 30, larger.digest())
    _, before = keys("Borrower:images=fashion-mnist")
    larger.x[0] = 0
    _, after = keys("Borrower:images=fashion-mnist")
    assert not before["Borrower"] & after["Borrower"], "the other task's pixels are part of the key"
    assert before["copy"] == after["copy"]


def test_images_are_made_to_fit_and_test_images_are_left_out() -> None:
    from gda_bench.others import apart_from, fit_to

    ramp = np.broadcast_to(np.arange(0, 240, 10, dtype=np.uint8)[None, None, :, None], (2, 24, 24, 3)).copy()
    some = Images(ramp, np.zeros(2, np.int64))
    small = fit_to(some, (8, 12, 1)).x
    assert small.shape == (2, 8, 12, 1)
    assert np.abs(small[0, 4, 1:-1, 0] - (5.0 + 20 * np.arange(1, 11))).max() <= 1, "pixels are averaged, not dropped"
    assert fit_to(Images(small, some.y), (8, 12, 3)).x.shape == (2, 8, 12, 3)
    assert fit_to(some, (24, 24, 3)) is some
    some.x[1] = 7
    assert len(apart_from(some, Images(some.x[1:], some.y[1:]))) == 1
