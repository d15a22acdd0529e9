"""The five kinds of work, each a cell that knows its key and how to run: fit, pool, embed, audit, train."""

from gda_bench.stages.audit import AuditCell
from gda_bench.stages.cell import Cell, Stage, Workbench
from gda_bench.stages.embed import EmbedCell
from gda_bench.stages.fit import FitCell
from gda_bench.stages.pool import PoolCell
from gda_bench.stages.train import TrainCell

__all__ = ["AuditCell", "Cell", "EmbedCell", "FitCell", "PoolCell", "Stage", "TrainCell", "Workbench"]
