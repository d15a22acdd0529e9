"""`mnist`: handwritten digits."""

from __future__ import annotations

from pathlib import Path

from gda_bench.api import TaskInfo
from gda_tasks.idx_task import IdxTask


class MNIST(IdxTask):
    """60,000 training and 10,000 test pictures of handwritten digits, by other writers in training than in test."""

    name = "mnist"
    published = "MNIST"
    other_folders = (Path("MNIST", "raw"),)  # of torchvision

    @property
    def info(self) -> TaskInfo:
        return TaskInfo(
            name=self.name,
            kind="multiclass",
            shape=(28, 28, 1),
            classes=tuple("0123456789"),
            modality="handwriting",
            licence="CC BY-SA 3.0, as the Keras documentation says; the publisher states none",
            source="http://yann.lecun.com/exdb/mnist/",
            citation="LeCun, Bottou, Bengio & Haffner: Gradient-based learning applied to document recognition, "
            "Proceedings of the IEEE 86, 1998",
            caveats=("the files do not say who wrote a digit: within the training split, subsets share writers",),
            reference={"accuracy": 0.9905, "model": "LeNet-5", "source": "LeCun et al. 1998 (2nd hand)"},
        )
