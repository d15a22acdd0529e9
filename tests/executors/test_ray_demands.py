"""What cells ask of a machine, and what every node must have."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gda_bench.__main__ import main
from gda_bench.errors import UserError
from gda_bench.executors import create_executor
from gda_bench.executors.demand import DEFAULT, MIB, STEP, WITH_CHILD, Demands
from gda_bench.executors.nodes import Shared, components
from gda_bench.registry import resolve
from gda_bench.stages import Cell
from gda_bench.store import Record, Store
from gda_bench.study.request import make_request
from gda_bench.study.session import open_session

FAST = Path(__file__).parents[1] / "plugins" / "fast.py"


@pytest.fixture
def cells(tmp_path: Path) -> list[Cell]:
    options = {"task": "digits", "generator": "gaussian", "seeds": 1, "device": "cpu", "set": {"n_real": 40}}
    with open_session(make_request(options)) as session:
        return session.cells()


def of(cells: list[Cell], stage: str, component: str) -> Cell:
    return next(cell for cell in cells if cell.stage == stage and cell.component.name == component)


def measured(cell: Cell, peak_mb: float, device: str) -> Record:
    return Record(cell.key, cell.preimage(), {}, {}, cell.component.name, device, "", 1.0, 1.0, peak_mb)


def test_on_the_cpu_a_cell_asks_for_a_core_and_for_what_like_cells_used(cells: list[Cell]) -> None:
    demands = Demands("cpu")
    fit, train = of(cells, "fit", "gaussian"), of(cells, "train", "cnn")
    assert (demands.of(train).cpus, demands.of(train).gpus, demands.of(train).memory) == (1, 0, DEFAULT)
    assert demands.of(fit).memory == DEFAULT + WITH_CHILD
    demands.learn(measured(train, 4000, "cpu"))
    demands.learn(measured(train, 3000, "cpu"))
    demands.learn(measured(fit, 9000, "cuda"))
    asked = demands.of(train).memory
    assert 1.25 * 4000 * MIB <= asked < 1.25 * 4000 * MIB + STEP
    assert demands.of(train, deaths=1).memory == 2 * asked
    assert demands.of(fit).memory == DEFAULT + WITH_CHILD, "another device says nothing"


def test_like_cells_train_the_same_component_at_any_size_and_seed(cells: list[Cell]) -> None:
    demands = Demands("cpu")
    small, *_, large = [cell for cell in cells if cell.stage == "train"]
    demands.learn(measured(replace(small, seed=7), 4000, "cpu"))
    assert demands.of(large).memory > DEFAULT
    assert demands.of(of(cells, "embed", "cnn")).memory == DEFAULT


def test_on_a_gpu_generators_have_it_to_themselves_and_small_classifiers_share(cells: list[Cell]) -> None:
    demands = Demands("cuda")
    fit, control = of(cells, "fit", "gaussian"), of(cells, "fit", "copy")
    train, audit = of(cells, "train", "cnn"), of(cells, "audit", "gaussian")
    assert [demands.of(cell).gpus for cell in (fit, control, train, audit)] == [1, 0.25, 0.25, 0]
    large = replace(train, classifier=replace(train.component, name="timm"))  # type: ignore[type-var]
    assert demands.of(large).gpus == 1
    demands.learn(measured(large, 900, "cuda"))
    assert demands.of(large).gpus == 0.25, "it was seen to be small"
    demands.learn(measured(large, 9000, "cuda"))
    assert demands.of(large).gpus == 1
    assert demands.of(large).memory == DEFAULT, "what was measured is the GPU's memory"


def test_nothing_is_asked_for_that_no_machine_has(cells: list[Cell]) -> None:
    asked = Demands("cpu").of(of(cells, "fit", "gaussian"))
    assert asked.within(MIB).memory == MIB
    assert asked.within(2**50) == asked


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Shared]:
    store = Store(tmp_path / "store")
    store.open()
    with Shared.here(store.root, tmp_path / "data") as shared:
        yield shared


def test_a_node_that_lacks_something_says_what_and_what_to_do(
    shared: Shared, cells: list[Cell], tmp_path: Path
) -> None:
    assert shared.wrong(components(cells)) is None
    assert "--store" in str(replace(shared, token=tmp_path / "elsewhere").wrong())
    assert "install the same" in str(replace(shared, version="0.0.0").wrong())
    assert "--data-dir" in str(shared.wrong([resolve("tasks", "pcam")])), "its files are nowhere here"
    known = of(cells, "train", "cnn").component
    plugin = replace(known, target=f"{tmp_path}/gone.py:Gone", file_digest="0" * 64)
    assert "gone.py" in str(shared.wrong([plugin]))


def test_a_node_with_other_data_ends_the_run(shared: Shared, cells: list[Cell]) -> None:
    train = of(cells, "train", "cnn")
    shared.enter(train)
    with pytest.raises(UserError, match="holds other data for digits"):
        shared.enter(replace(train, data_digest="0" * 64))


def test_ray_that_is_not_installed_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UserError, match=r"pip install 'gda-bench\[ray\]'"):
        create_executor("ray")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--address", "auto"], "it goes with --executor ray"),
        (["--executor", "ray", "--address", "127.0.0.1:1"], "nobody answers there"),
        (["--executor", "ray", "--address", "somewhere"], "named by host:port"),
        (["--executor", "ray", "--address", "ray://127.0.0.1:10001"], "named by host:port"),
    ],
)
@pytest.mark.parametrize("name", ["run", "plan"])
def test_a_wrong_address_is_told_before_any_work(
    name: str, options: list[str], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if "ray" in options:
        pytest.importorskip("ray", reason="the extra `ray` is not installed")
    monkeypatch.setattr(sys, "argv", ["gda-bench", name, "--task", "digits", *options])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    complaint = capsys.readouterr().err
    assert said in complaint
    assert "Traceback" not in complaint
    assert len(complaint.strip().splitlines()) == 1
