"""`doctor`: what is here, what is missing, and what to do about it."""

from __future__ import annotations

import shutil
from typing import Any

from gda_bench.cli import options as o
from gda_bench.cli.console import err, out, print_json


def doctor(store: o.StoreDir = None, data_dir: o.DataDir = None, json: o.Json = False) -> None:
    """Versions, devices, store, data found, broken plugins."""
    with err.status("looking"):
        report = _examine(store, data_dir)
    if json:
        print_json(report)
        return
    environment = report["environment"]
    out.print(f"gda-bench {environment['gda_bench']}, python {environment['python']}, torch {environment['torch']}")
    out.print(f"{environment['os']}; {environment['device']}, {environment['cpus']} CPUs")
    out.print(", ".join(f"{name} {version}" for name, version in environment["packages"].items()))
    out.print(f"generators: {environment['isolation']}", soft_wrap=True)
    held = report["store"]
    out.print(f"store: {held['path']}, {held['cells']} cells, {held['free_gb']} GB free", soft_wrap=True)
    out.print(f"data: {report['data_dir']}", soft_wrap=True)
    for task in report["tasks"]:
        out.print(f"  {task['task']}: {task['state']}", markup=False)
    for problem in report["problems"]:
        out.print(f"problem: {problem}", style="red", markup=False, soft_wrap=True)
    if not report["problems"]:
        out.print("no problems found")


def _examine(store_dir: Any, data_dir: Any) -> dict[str, Any]:
    from gda_bench.errors import UserError
    from gda_bench.executors import create_executor
    from gda_bench.isolation import Isolation
    from gda_bench.registry import BUILTIN, KINDS, listed, resolve
    from gda_bench.store import Store
    from gda_bench.study.environment import describe
    from gda_bench.study.request import default_data_dir, default_store
    from gda_bench.study.session import choose_device
    from gda_bench.task_data import missing_files

    device = choose_device("auto", create_executor("local"))
    root, data = store_dir or default_store(), data_dir or default_data_dir()
    problems = [f"plugin {row.name}: {row.error}" for kind in KINDS for row in listed(kind) if row.error]
    held: dict[str, Any] = {"path": str(root), "cells": 0, "free_gb": None, "problem": None}
    try:
        kept = Store(root)
        kept.open()
        held |= {
            "cells": sum(1 for _ in kept.records()),
            "free_gb": round(shutil.disk_usage(root).free / 1e9, 1),
        }
    except UserError as error:
        held["problem"] = str(error)
        problems.append(str(error))
    tasks = []
    for name in BUILTIN["tasks"]:
        missing = missing_files(resolve("tasks", name).create(), data)
        tasks.append({"task": name, "state": f"missing {', '.join(p.name for p in missing)}" if missing else "found"})
    return {
        "environment": describe(device, Isolation().enforcement(device)).model_dump(),
        "store": held,
        "data_dir": str(data),
        "tasks": tasks,
        "problems": problems,
    }
