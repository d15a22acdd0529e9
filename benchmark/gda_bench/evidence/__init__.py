"""What can be said again of a report, from the report and its predictions alone: no model runs, no store is read.

`gda_bench.evidence.rerun` is the exception, and is imported where it is wanted: it runs cells again.
"""

from gda_bench.evidence.demand import CONTROLS, demanded
from gda_bench.evidence.names import BuiltinGenerator, builtin_generator, builtin_generators
from gda_bench.evidence.place import place
from gda_bench.evidence.recompute import DERIVED, Difference, cell_name, derive, place_name, recompute, scores_of
from gda_bench.study.compare import Comparison, compare

__all__ = [
    "CONTROLS",
    "DERIVED",
    "BuiltinGenerator",
    "Comparison",
    "Difference",
    "builtin_generator",
    "builtin_generators",
    "cell_name",
    "compare",
    "demanded",
    "derive",
    "place",
    "place_name",
    "recompute",
    "scores_of",
]
