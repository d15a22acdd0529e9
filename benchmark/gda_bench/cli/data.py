"""`data prepare` and `data status`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gda_bench.cli import options as o
from gda_bench.cli.console import err, out, print_json

app = typer.Typer(no_args_is_help=True, help="Fetch and verify data ahead of time.")
TaskNames = Annotated[list[str], typer.Argument(metavar="TASK...", help="Tasks, groups or comma lists.")]


@app.command(epilog="Example: gda-bench data prepare medmnist/breastmnist")
def prepare(task: TaskNames, data_dir: o.DataDir = None, json: o.Json = False) -> None:
    """Fetch what is missing, verify it, and read it once."""
    from gda_bench.study.session import find_data, resolve_tasks
    from gda_bench.task_data import load_task

    folder = root(data_dir)
    specs = resolve_tasks(task)
    with err.status("fetching"):
        find_data(specs, folder)
    rows = []
    for spec in specs:
        with err.status(f"reading {spec.name}"):
            data = load_task(spec, folder)
        rows.append({"task": spec.name, "train": len(data.train), "test": len(data.test), "digest": data.digest})
    if json:
        print_json(rows)
        return
    for row in rows:
        out.print(f"{row['task']}: {row['train']:,} training and {row['test']:,} test images, ready")


@app.command(epilog="Example: gda-bench data status medmnist")
def status(task: TaskNames, data_dir: o.DataDir = None, json: o.Json = False) -> None:
    """Say which files are there, and how they compare with the publisher's."""
    from gda_bench.study.session import resolve_tasks

    folder = root(data_dir)
    rows: list[dict[str, Any]] = []
    for spec in resolve_tasks(task):
        with err.status(f"looking at {spec.name}"):
            files = spec.create().files(folder)
        rows += [
            {"task": spec.name, "path": f.path, "state": f.state, "digest": f.digest, "note": f.note} for f in files
        ] or [
            {
                "task": spec.name,
                "path": None,
                "state": "official",
                "digest": None,
                "note": "ships with a package",
            }
        ]
    if json:
        print_json(rows)
        return
    for row in rows:
        note = f" ({row['note']})" if row["note"] else ""
        where = f" {row['path']}" if row["path"] else ""
        out.print(f"{row['task']}: {row['state']}{where}{note}", soft_wrap=True, markup=False)


def root(data_dir: Any) -> Any:
    """The folder that was asked for, or the default."""
    from gda_bench.study.request import default_data_dir

    return data_dir or default_data_dir()
