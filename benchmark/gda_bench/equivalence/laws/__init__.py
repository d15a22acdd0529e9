"""Laws: how the worth of synthetic images grows with their number."""

from gda_bench.equivalence.laws.estimate import PUBLISHED_C2, FittedLaw, Laws, fit_laws, obstacle

__all__ = ["PUBLISHED_C2", "FittedLaw", "Laws", "fit_laws", "obstacle"]
