"""What can be said again of a report, from the report and its predictions alone: no model runs, no store is read."""

from gda_bench.evidence.place import place
from gda_bench.study.compare import Comparison, compare

__all__ = ["Comparison", "compare", "place"]
