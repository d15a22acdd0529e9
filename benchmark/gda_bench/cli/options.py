"""The options that several commands share, and how they become a request."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from gda_bench.study.request import Request

Task = Annotated[list[str] | None, typer.Option(help="A task, a group such as medmnist, or a comma list.")]
Generator = Annotated[list[str] | None, typer.Option(help="name:key=value,... May be given again. Default: edm.")]
Classifier = Annotated[list[str] | None, typer.Option(help="name:key=value,... May be given again. Default: cnn.")]
Profile = Annotated[str | None, typer.Option(help="quick, standard or paper. Default: standard on a GPU, else quick.")]
Protocol = Annotated[str | None, typer.Option(help="How real and synthetic images meet. Default: concat.")]
FilterName = Annotated[str | None, typer.Option("--filter", help="Which samples are left out. Default: none.")]
Seeds = Annotated[int | None, typer.Option(help="Replicates, each with its own real images. Default: the profile's.")]
Out = Annotated[Path | None, typer.Option(help="Where reports go. Default: ./gda-bench-reports.")]
StoreDir = Annotated[
    Path | None,
    typer.Option(resolve_path=True, help="Where finished work is kept. Default: $GDA_BENCH_STORE or the user's cache."),
]
DataDir = Annotated[
    Path | None,
    typer.Option(resolve_path=True, help="Where data sets lie. Default: $GDA_BENCH_DATA or the user's cache."),
]
Device = Annotated[str | None, typer.Option(help="auto, cpu or cuda.")]
ExecutorName = Annotated[str | None, typer.Option("--executor", help="Where cells run: local or ray.")]
Address = Annotated[
    str | None, typer.Option(help="A Ray cluster for --executor ray: auto, or host:port. Default: this machine alone.")
]
Workers = Annotated[int | None, typer.Option(help="Cells side by side. Default: one a CPU core; one on a GPU.")]
PolicyName = Annotated[
    str | None,
    typer.Option(
        "--policy",
        help="missing: compute what the store lacks. never: neither read nor keep. always: compute all again. "
        "cache-only: compute nothing.",
    ),
]
IsolationMode = Annotated[
    str | None,
    typer.Option(
        "--isolation",
        help="How generators are kept from all but their n images. auto: by the kernel where it can. require: refuse "
        "to run where it can not. off: a process apart, not locked.",
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", help="key=value: change a setting of the profile, as in n_real=100."),
]
Config = Annotated[
    Path | None, typer.Option("--config", help="A YAML file with these options as keys; flags go before it.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else there.")]


def _of_a_run(  # noqa: PLR0917  (the command line is flat)
    task: Task = None,
    generator: Generator = None,
    classifier: Classifier = None,
    profile: Profile = None,
    protocol: Protocol = None,
    filter_: FilterName = None,
    seeds: Seeds = None,
    out: Out = None,
    store: StoreDir = None,
    data_dir: DataDir = None,
    device: Device = None,
    executor: ExecutorName = None,
    address: Address = None,
    workers: Workers = None,
    policy: PolicyName = None,
    isolation: IsolationMode = None,
    set_: Set = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """The options of `run` and `plan`."""


def takes_request(command: Callable[[Request, bool], None]) -> Callable[..., None]:
    """Give a command of (request, json) the options of a run."""

    def with_options(*, json: bool, config: Path | None, set_: list[str] | None, **given: Any) -> None:
        from gda_bench.study.profile import parse_settings
        from gda_bench.study.request import make_request

        given["filter"] = given.pop("filter_")
        command(make_request({**given, "set": parse_settings(set_ or [])}, config), json)

    with_options.__name__, with_options.__doc__ = command.__name__, command.__doc__
    with_options.__signature__ = inspect.signature(_of_a_run, eval_str=True)  # type: ignore[attr-defined]
    with_options.__annotations__ = {}
    return with_options
