"""Which protocol and which filter help, and where: real runs, five seeds.

python benchmark/studies/protocols.py --store S --out O --data-dir D > benchmark/studies/protocols.md
"""

from __future__ import annotations

import time

from table import HEAD, RULE, options, row, run

GENERATORS = ["edm", "cvae"]
TASKS = {"digits": 200, "fashion-mnist": 500, "medmnist/pneumoniamnist": 300}
PROTOCOLS = ("weighted", "ratio", "pretrain-finetune", "progressive", "synthetic-only", "replace")
FILTERS = ("realism", "class-realism", "confidence", "overlap")


def main() -> None:
    chosen = options(__doc__ or "").parse_args()
    began = time.perf_counter()
    reports = [
        report
        for task, n in TASKS.items()
        for report in run(chosen, "concat", task=task, generator=GENERATORS, set={"n_real": n})
    ]
    for protocol in PROTOCOLS:
        reports += run(chosen, protocol, task="digits", generator=GENERATORS, protocol=protocol)
    for filter_ in FILTERS:
        reports += run(chosen, filter_, task="digits", generator=GENERATORS, filter=filter_)
    print(f"# Protocols and filters on real data, {chosen.seeds} seeds\n")
    print("Profile quick, classifier cnn. Scores are test accuracy, mean over seeds (standard deviation). Exchange")
    print("rates count the images that the protocol uses. Made by `benchmark/studies/protocols.py`.\n")
    print("\n".join([HEAD, RULE, *map(row, reports)]))
    print(f"\n{time.perf_counter() - began:.0f} s, with what the store held already.")


if __name__ == "__main__":
    main()
