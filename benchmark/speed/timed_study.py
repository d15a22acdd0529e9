"""`gda-bench` with a stopwatch inside `ddpm` and `cnn`, for overhead.py: they stand under those names, as ours."""

from typing import Any

from gda_bench.registry.catalog import BUILTIN, Entry

# at the top, so that worker processes, which import this file anew, find the same
_names: Any = BUILTIN
_names["generators"]["ddpm"] = Entry("timed_ddpm:TimedDDPM", "ddpm, timed")
_names["classifiers"]["cnn"] = Entry("timed_cnn:TimedCNN", "cnn, timed")

if __name__ == "__main__":
    from gda_bench.cli.app import main

    main()
