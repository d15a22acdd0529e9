"""`check`: the contract tests, pointed at one plugin."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from gda_bench.cli import options as o
from gda_bench.cli.console import err, out, print_json

MARKS = {"kept": ("kept    ", "green"), "broken": ("broken  ", "red"), "declined": ("declined", "yellow")}


def check(
    plugin: Annotated[str, typer.Argument(help="A built-in name, an entry point, or ./file.py:Class.")],
    data_dir: o.DataDir = None,
    json: o.Json = False,
) -> None:
    """Try every promise of a generator, classifier or task. Takes under a minute.

    A generator is loaded and run in locked processes. A classifier or a task runs in this one: read its code first.
    """
    from gda_bench import contract
    from gda_bench.study.request import default_data_dir

    findings = []
    with err.status("trying") as status:
        for finding in contract.check(plugin, data_dir or default_data_dir()):
            findings.append(finding)
            if not json:
                mark, style = MARKS[finding.kept]
                why = f": {finding.why}" if finding.why else ""
                out.print(f"[{style}]{mark}[/] {finding.promise} ({finding.seconds:.1f} s)", highlight=False)
                if why:
                    out.print(f"         {finding.why}", markup=False, soft_wrap=True)
            status.update(f"trying; {len(findings)} promises done")
    broken = sum(finding.kept == "broken" for finding in findings)
    if json:
        print_json({"plugin": plugin, "passed": not broken, "findings": [asdict(finding) for finding in findings]})
    else:
        out.print(f"{plugin}: " + (f"{broken} of {len(findings)} promises are broken" if broken else "all is kept"))
    if broken:
        raise typer.Exit(1)
