"""What a hostile generator tries, and what its user sees: every attempt is a recorded failure that got nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gda_bench.errors import UserError
from gda_bench.executors.worker import Outcome, Worker
from gda_bench.isolation import Isolation, Limits
from gda_bench.registry import resolve
from gda_bench.stages import FitCell, PoolCell
from gda_bench.store import Store
from gda_bench.task_data import load_task

sys.path.insert(0, str(Path(__file__).parents[1] / "plugins"))
from hostile import ATTACKS

HOSTILE = Path(__file__).parents[1] / "plugins" / "hostile.py"

ENFORCED = Isolation().enforcement()
if os.environ.get("GDA_TEST_ENFORCED"):  # where it must be had, its lack is a failure and no reason to skip
    assert ENFORCED.startswith("enforced"), ENFORCED

pytestmark = pytest.mark.skipif(not ENFORCED.startswith("enforced"), reason=f"here: {ENFORCED}")

DENIED, NOT_ALLOWED = "Permission denied", "Operation not permitted"
EXPECTED = {
    "use descriptors it inherited": "got nothing",
    "change the mode of the test split": "got nothing",
    "change the time of the test split": "got nothing",
    "find a secret in its variables": "got nothing",
    "sleep for ever": "took longer than the limit of 0.000833 hours",
    "take all memory": "MemoryError",
    "fill the disk with files": "wrote more than the limit",
    "fill the disk with one": "File too large",
    "start threads without end": "thread",
    "leave without a word": "ended with exit code 0 and no answer",
    "leave with an error": "ended with exit code 3 and no answer",
    "crash": "was ended by SIGSEGV",
    "forge an answer that is none": "its answer is damaged or too large",
    "forge an answer without end": "its answer is damaged or too large",
    "forge an answer with no results": "left nothing",
    "raise what nobody catches": "KeyboardInterrupt: mine",
    "leave a hard link to the test split": "cross-device link",
    "lift its limits": "not allowed to raise",
    "say that the disk is full": "No space left on device",
    "move the terminal's cursor": "all is well",
}
QUICK = {"sleep for ever": Limits(seconds=3), "fill the disk with files": Limits(disk=2**27)}


@pytest.fixture
def attempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    monkeypatch.setenv("HF_TOKEN", "hush")
    secret = tmp_path / "data" / "test-split.npz"
    secret.parent.mkdir()
    secret.write_bytes(b"the test split")
    secret.chmod(0o600)
    store = Store(tmp_path / "store")
    store.open()
    task = resolve("tasks", "digits")
    data = load_task(task, tmp_path)

    def attempt(attack: str, name: str = "Hostile") -> Outcome:
        text = f'{HOSTILE}:{name}:attack="{attack}",secret={secret},host={os.getpid()}'
        fit = FitCell(task, data.digest, 0, resolve("generators", text), 50)
        limits = QUICK.get(attack, Limits(seconds=60, memory=2**30, disk=2**30))
        worker = Worker(store.root, tmp_path, "cpu", "missing", Isolation("auto", limits))
        done = worker.run(fit)
        if name != "Hostile" and done.status == "computed":
            done = worker.run(PoolCell.of(fit, 20))
        assert secret.read_bytes() == b"the test split"
        assert secret.stat().st_mode & 0o777 == 0o600
        assert {p.name for p in secret.parent.iterdir()} == {"test-split.npz"}
        assert not list((store.root / "tmp").iterdir()), "nothing stays behind"
        return done

    return attempt


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_contained_and_told(attempt: Callable[..., Outcome], attack: str) -> None:
    done = attempt(attack)
    assert done.status == "failed"
    assert done.error
    assert "ESCAPED" not in done.error
    assert done.error.isprintable()
    if attack in EXPECTED:
        assert EXPECTED[attack] in done.error
    else:
        assert DENIED in done.error or NOT_ALLOWED in done.error or "not allowed" in done.error
        assert "a generator is given its n images and nothing else" in done.error


@pytest.mark.parametrize(
    ("attack", "error"),
    [
        ("pickles", "Object arrays cannot be loaded"),
        ("oversized", "not those that were asked for"),
        ("one short", "sample returned uint8 (19, 8, 8, 1), wanted uint8 (20, 8, 8, 1)"),
        ("all the same", "all 20 samples are the same image"),
        ("floats", "sample returned float32 (20, 8, 8, 1), wanted uint8"),
    ],
)
def test_what_comes_back_is_not_believed(attempt: Callable[..., Outcome], attack: str, error: str) -> None:
    done = attempt(attack, "Forger")
    assert done.status == "failed"
    assert error in str(done.error)


def test_samples_that_are_no_numbers_are_a_failure_with_its_phase(attempt: Callable[..., Outcome]) -> None:
    done = attempt("", "NotANumber")
    assert str(done.error) == "check samples: ValueError: sample returned float32 (20, 8, 8, 1), with NaN, wanted uint8"


def test_a_plugin_cannot_carry_the_digits_from_its_loading_into_its_fit(tmp_path: Path) -> None:
    """What it says of itself when it is loaded comes back to it as parameters."""
    plugin = tmp_path / "carrier.py"
    carry = "from sklearn.datasets import load_digits\nDIGITS = load_digits().data.tolist()\n"
    plugin.write_text(f"{HOSTILE.read_text(encoding='utf-8')}\n{carry}")
    with pytest.raises(UserError, match="Permission denied"):
        resolve("generators", f"{plugin}:Hostile")


def test_loading_a_plugin_runs_none_of_its_code_here(tmp_path: Path) -> None:
    """Its module could change how the engine scores, or read the test split, as soon as it is imported."""
    import gda_bench.metrics

    plugin = tmp_path / "sly.py"
    text = HOSTILE.read_text(encoding="utf-8")
    plugin.write_text(f"{text}\nimport gda_bench.metrics\ngda_bench.metrics.score = None\nimport sys\nsys.SLY = True\n")
    spec = resolve("generators", f"{plugin}:Hostile")
    assert spec.facts["track"] == "closed"
    assert callable(gda_bench.metrics.score)
    assert not hasattr(sys, "SLY")


def test_a_plugin_that_reads_when_it_is_loaded_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    plugin = tmp_path / "eager.py"
    plugin.write_text(f"{HOSTILE.read_text(encoding='utf-8')}\nopen({str(secret)!r}).read()\n")
    with pytest.raises(UserError, match="Permission denied"):
        resolve("generators", f"{plugin}:Hostile")
