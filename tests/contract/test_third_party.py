"""A package of somebody else's, really installed: its entry point is found, checked, run, and taken away again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "third_party" / "gda-echo"
FAST = Path(__file__).parents[1] / "plugins" / "fast.py"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pip put it: a folder that a user's Python would search."""
    target = tmp_path_factory.mktemp("site-packages")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, "--target", str(target), str(PACKAGE)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return target


def run(installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    search = os.pathsep.join([str(installed), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "gda_bench", *arguments]
    environment = {**os.environ, "PYTHONPATH": search}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


@pytest.mark.slow
def test_it_is_listed_with_its_door(installed: Path) -> None:
    rows = json.loads(run(installed, "list", "generators", "--json").stdout)
    (row,) = [row for row in rows if row["name"] == "echo"]
    assert row == {
        "name": "echo",
        "summary": "Pairs of real images of a class, mixed.",
        "door": "gda-echo",
        "error": None,
    }


@pytest.mark.slow
def test_it_passes_check_and_runs(installed: Path, tmp_path: Path) -> None:
    done = run(installed, "check", "echo", "--json")
    assert json.loads(done.stdout)["passed"], done.stdout
    small = ["--seeds", "1", "--workers", "1", "--set", "n_real=40", "--set", "budget.amount=5", "--profile", "quick"]
    chosen = ["--task", "digits", "--generator", "echo:share=0.7", "--classifier", f"{FAST}:Centroid"]
    done = run(installed, "run", *chosen, *small)
    assert done.returncode == 0, done.stderr
    (report,) = Path("gda-bench-reports").glob("digits--echo--Centroid--*/report.json")
    generator = json.loads(report.read_text(encoding="utf-8"))["generator"]
    assert (generator["name"], generator["params"], generator["track"]) == ("echo", {"share": 0.7}, "closed")
