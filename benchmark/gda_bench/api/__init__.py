"""All that a plugin needs: import from here and nowhere else in `gda_bench`."""

from gda_bench.api.batches import Batches
from gda_bench.api.components import Classifier, Generator, Task, Track
from gda_bench.api.context import RunContext
from gda_bench.api.data import F32, I64, U8, DataFile, Images, Kind, Metric, TaskInfo
from gda_bench.errors import DataMissingError, UserError, nearest

__all__ = [
    "F32",
    "I64",
    "U8",
    "Batches",
    "Classifier",
    "DataFile",
    "DataMissingError",
    "Generator",
    "Images",
    "Kind",
    "Metric",
    "RunContext",
    "Task",
    "TaskInfo",
    "Track",
    "UserError",
    "nearest",
]
