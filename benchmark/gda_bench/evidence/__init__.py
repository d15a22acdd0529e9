"""What can be said again of a report, from the report and its predictions alone: no model runs, no store is read."""

from gda_bench.evidence.demand import CONTROLS, demanded
from gda_bench.evidence.place import place
from gda_bench.evidence.recompute import Difference, cell_name, recompute, scores_of
from gda_bench.study.compare import Comparison, compare

__all__ = [
    "CONTROLS",
    "Comparison",
    "Difference",
    "cell_name",
    "compare",
    "demanded",
    "place",
    "recompute",
    "scores_of",
]
