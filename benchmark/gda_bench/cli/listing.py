"""`list` and `show`."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from gda_bench.cli import options as o
from gda_bench.cli.console import out, print_json
from gda_bench.errors import UserError, nearest

KindName = Annotated[str, typer.Argument(help="tasks, generators, classifiers, protocols, filters or profiles.")]


def list_(kind: KindName, json: o.Json = False) -> None:
    """List the names of a kind, with plugins and the door each came by."""
    rows = _rows(kind)
    if json:
        print_json(rows)
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column()
    for row in rows:
        door = "" if row["door"] == "built-in" else f" ({row['door']})"
        table.add_row(row["name"], f"broken: {row['error']}" if row["error"] else f"{row['summary']}{door}")
    out.print(table)


def show(
    kind: KindName,
    name: str,
    data_dir: o.DataDir = None,
    picture: Annotated[Path | None, typer.Option(help="Of a task: write images of every class to this PNG.")] = None,
    json: o.Json = False,
) -> None:
    """Show one component: what it is, its parameters with their defaults and, of a task, its data where they are."""
    card = _profile_card(name) if kind == "profiles" else _card(kind, name)
    if kind == "tasks":
        from gda_bench.cli.data import root
        from gda_bench.cli.task_card import data_of, write_picture

        data = data_of(name, root(data_dir))
        card.update({"data": data} if isinstance(data, str) else data.told)
        if picture:
            write_picture(data, picture)
    elif picture:
        raise UserError(f"--picture is of a task's images, and {name} is one of the {kind}")
    if json:
        print_json(card)
        return
    out.print(f"{card.pop('name')}", style="bold")
    if text := card.pop("description", None):
        out.print(text, markup=False)
    table = Table(box=None, pad_edge=False, show_header=False)
    for key, value in _flat(card):
        table.add_row(key, str(value))
    out.print(table)


def _rows(kind: str) -> list[dict[str, Any]]:
    if kind == "profiles":
        from gda_bench.study.profile import load_profile, profile_names

        return [
            {"name": name, "summary": load_profile(name).summary, "door": "built-in", "error": None}
            for name in profile_names()
        ]
    from gda_bench.registry import listed

    return [
        {"name": row.name, "summary": row.summary, "door": row.door, "error": row.error} for row in listed(_kind(kind))
    ]


def _kind(kind: str) -> Any:
    from gda_bench.registry.catalog import KINDS

    if kind not in KINDS:
        raise UserError(f"unknown kind {kind!r}: {nearest(kind, (*KINDS, 'profiles'))}")
    return kind


def _card(kind: str, name: str) -> dict[str, Any]:
    from gda_bench.registry import load_target, resolve

    spec = resolve(_kind(kind), name)
    doc = spec.facts.get("doc") or inspect.cleandoc(load_target(spec.target).__doc__ or "")
    card: dict[str, Any] = {
        "name": spec.name,
        "description": doc,
        "version": spec.version,
        "parameters": dict(spec.params),
    }
    if kind == "generators":
        card["track"] = spec.facts["track"]
    if kind == "tasks":
        try:
            info = spec.create().info.as_dict()
        except UserError as problem:  # a task of the user's own data is known once it is told where they lie
            info = {"lacks": str(problem)}
        card.update({key: value for key, value in info.items() if key != "name" and value})
    return card


def _profile_card(name: str) -> dict[str, Any]:
    from gda_bench.study.profile import load_profile

    return load_profile(name).model_dump(mode="json")


def _flat(card: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for key, value in card.items():
        if isinstance(value, dict) and value:
            rows += _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            rows.append((prefix + key, ", ".join(map(str, value))))
        elif value not in ({}, None):
            rows.append((prefix + key, value))
    return rows
