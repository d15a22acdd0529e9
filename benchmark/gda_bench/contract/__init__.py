"""What every plugin promises, as checks that its author runs: the same ones that the built-in components pass."""

from gda_bench.contract.finding import Finding
from gda_bench.contract.run import check

__all__ = ["Finding", "check"]
