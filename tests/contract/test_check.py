"""`check` finds what is wrong with a plugin, and says so in a line; what we ship, and what `new` writes, passes it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from gda_bench.cli.app import app
from gda_bench.contract import Finding, check
from gda_bench.errors import UserError
from gda_bench.isolation import Isolation

BROKEN = Path(__file__).parents[1] / "plugins" / "broken.py"
NOWHERE = Path("/nowhere")
KEEPS = "keeps all that it learnt in what it saves, and saves no pickles"

enforced = pytest.mark.skipif(not Isolation().enforcement().startswith("enforced"), reason="no Landlock here")


def broken(findings: list[Finding]) -> dict[str, str]:
    return {finding.promise: finding.why for finding in findings if finding.kept == "broken"}


@pytest.mark.parametrize(
    ("name", "promise", "why"),
    [
        ("Unseeded", "follows the seed", "two fits with one seed gave other images"),
        ("Deaf", "follows the seed", "another seed gave the same images"),
        ("Pickler", "saves no pickles", "saved mean.dat, a pickle"),
        ("Objects", "saves no pickles", "saved mean.npz, a pickle"),
        ("AsksWhileClosed", "declares its track, and needs nothing beyond it", 'declare track = "open"'),
        ("NoTrack", "declares its track, and needs nothing beyond it", "declares the track 'half-open'"),
        ("NeedsMany", "serves two images, and classes of one", "ValueError: a class needs two images"),
        ("Flat", "learns", "of plain patterns were told apart"),
        ("Whimsical", "follows the seed", "two trainings with one seed gave other probabilities"),
        ("Halfway", "follows the seed", "took 1 of 3 batches"),
        ("Amnesic", KEEPS, "after load it said other things of the same images"),
        ("PicklingClassifier", KEEPS, "saved weight.pkl, a pickle"),
    ],
)
def test_a_broken_promise_is_found_and_named(name: str, promise: str, why: str) -> None:
    assert why in broken(list(check(f"{BROKEN}:{name}", NOWHERE)))[promise]


@enforced
@pytest.mark.parametrize(
    ("name", "promise", "why"),
    [
        ("Borrower", "declares its track, and needs nothing beyond it", "Permission denied"),
        ("Forgetful", "keeps all that it learnt in what it saves", "No such file"),
    ],
)
def test_what_only_the_lock_can_show(tmp_path: Path, name: str, promise: str, why: str) -> None:
    plugin = tmp_path / "plugin.py"
    plugin.write_text(BROKEN.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "learnt.safetensors").write_bytes(b"weights")
    assert why in broken(list(check(f"{plugin}:{name}", NOWHERE)))[promise]


def test_a_reason_not_to_serve_a_task_is_no_fault() -> None:
    findings = {finding.promise: finding for finding in check(f"{BROKEN}:SquareOnly", NOWHERE)}
    assert findings["draws images of odd sizes, 13 x 10"].kept == "declined"
    assert findings["draws images of odd sizes, 13 x 10"].why == "images must be square"
    assert not broken(list(findings.values()))


def test_a_classifier_that_keeps_nothing_is_no_fault() -> None:
    whole = {finding.promise: finding for finding in check(f"{BROKEN}:Flat", NOWHERE)}
    assert whole[KEEPS].kept == "declined"


@pytest.mark.parametrize("text", ["resnet1d", f"{BROKEN}:SignalsOnly"])
def test_who_serves_signals_alone_is_tried_on_them(text: str) -> None:
    found = {finding.promise: finding.kept for finding in check(text, NOWHERE)}
    of_pictures = [kept for promise, kept in found.items() if " px images" in promise or "odd sizes" in promise]
    assert of_pictures == ["declined"] * 3
    assert found["follows the seed"] == "kept"
    assert "broken" not in found.values()


@pytest.mark.parametrize("text", ["gaussian", "copy", "oracle", "cnn", "resnet1d", "digits"])
def test_what_ships_keeps_its_promises(text: str) -> None:
    findings = list(check(text, NOWHERE))
    assert findings
    assert not broken(findings)


@pytest.fixture
def open_set(tmp_path: Path) -> list[str]:
    """Generators that learn from more than the n images."""
    rng = np.random.default_rng(0)
    for c in range(3):
        folder = tmp_path / "drawn" / f"class {c}"
        folder.mkdir(parents=True)
        for i in range(40):
            Image.fromarray(rng.integers(0, 256, (8, 8), np.uint8)).save(folder / f"{i}.png")
    return ["pretrained:base=cvae", f"folder:path={tmp_path / 'drawn'}"]


def test_an_open_set_generator_is_lent_what_it_asks_for(open_set: list[str], tmp_path: Path) -> None:
    promise = "draws 8 px images with 1 channel"
    for text in open_set:
        finding = next(finding for finding in check(text, tmp_path) if finding.promise == promise)
        assert finding.kept == "kept", text


@pytest.mark.by_hand
def test_an_open_set_generator_follows_the_seed(open_set: list[str], tmp_path: Path) -> None:
    for text in open_set:
        findings = {finding.promise: finding for finding in check(text, tmp_path)}
        assert findings["follows the seed"].kept == "kept", text


def test_weights_that_are_not_to_be_had_are_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    findings = list(check("sd-img2img:model=nobody/nothing", tmp_path))
    assert {finding.kept for finding in findings} == {"declined"}
    assert "are not here and cannot be fetched" in findings[0].why


@pytest.mark.slow
@pytest.mark.parametrize("what", ["generator", "classifier", "task"])
def test_a_new_plugin_passes_as_written_and_runs(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cli = CliRunner()
    told = cli.invoke(app, ["new", what, "my first-one"]).stdout
    assert told.endswith("gda-bench check ./my_first_one.py:MyFirstOne\n")
    done = cli.invoke(app, ["check", "./my_first_one.py:MyFirstOne"])
    assert done.exit_code == 0, done.stdout
    chosen = {"task": "digits", "generator": "gaussian", "classifier": f"{BROKEN.parent / 'fast.py'}:Centroid"}
    chosen[what] = "./my_first_one.py:MyFirstOne"
    options = [text for key, value in chosen.items() for text in (f"--{key}", value)]
    small = ["--profile", "quick", "--seeds", "1", "--workers", "1", "--set", "n_real=40", "--set", "budget.amount=5"]
    done = cli.invoke(app, ["run", *options, *small])
    assert done.exit_code == 0, done.output


def test_new_overwrites_nothing_and_knows_what_it_can_make(tmp_path: Path) -> None:
    from gda_bench import scaffold

    scaffold.write("generator", "blur", tmp_path)
    with pytest.raises(UserError, match=r"blur.py exists; choose another name"):
        scaffold.write("generator", "blur", tmp_path)
    with pytest.raises(UserError, match="new 'generater': did you mean generator"):
        scaffold.write("generater", "blur", tmp_path)
    with pytest.raises(UserError, match="cannot be the name of a Python module"):
        scaffold.write("generator", "class", tmp_path)


def test_the_command_says_what_is_broken_and_exits_with_1() -> None:
    done = CliRunner().invoke(app, ["check", f"{BROKEN}:Deaf"])
    assert done.exit_code == 1
    said = " ".join(done.stdout.split())  # lines break where the path of this checkout is long
    assert "broken follows the seed" in said
    assert "1 of 9 promises are broken" in said


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("gausian", "did you mean gaussian"),
        ("concat", "one of the protocols"),
        ("medmnist", "check its tasks one by one"),
        ("./nothing.py:Nothing", "is not a file"),
        (f"{BROKEN}:Nobody", "has no 'Nobody'"),
    ],
)
def test_what_cannot_be_checked_is_a_line(text: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        list(check(text, NOWHERE))
