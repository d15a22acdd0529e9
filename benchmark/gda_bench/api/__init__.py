"""All that a plugin needs: import from here and nowhere else in `gda_bench`."""

from gda_bench.api.batches import Batch, Batches, Demand, Draw, Phase
from gda_bench.api.components import Classifier, Generator, Task, Track, Weights
from gda_bench.api.context import RunContext
from gda_bench.api.data import F32, I64, U8, DataFile, Images, Kind, Metric, TaskInfo
from gda_bench.api.filter import Filter, View
from gda_bench.api.npz import NPZ_DAMAGE, promises
from gda_bench.api.protocol import Protocol
from gda_bench.errors import DataMissingError, UserError, nearest

__all__ = [
    "F32",
    "I64",
    "NPZ_DAMAGE",
    "U8",
    "Batch",
    "Batches",
    "Classifier",
    "DataFile",
    "DataMissingError",
    "Demand",
    "Draw",
    "Filter",
    "Generator",
    "Images",
    "Kind",
    "Metric",
    "Phase",
    "Protocol",
    "RunContext",
    "Task",
    "TaskInfo",
    "Track",
    "UserError",
    "View",
    "Weights",
    "nearest",
    "promises",
]
