"""`fashion-mnist`: clothing."""

from __future__ import annotations

from pathlib import Path

from gda_bench.api import TaskInfo
from gda_tasks.idx_task import IdxTask

CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


class FashionMNIST(IdxTask):
    """60,000 training and 10,000 test pictures of clothing, ten balanced classes."""

    name = "fashion-mnist"
    published = "FashionMNIST"
    other_folders = (Path("/usr/share/datasets/fashion-mnist"),)
    or_else = "install Debian's dataset-fashion-mnist"
    # computed from Debian's dataset-fashion-mnist 0.0~git20200523. Debian packs the .gz again, without name and date,
    # so the publisher's md5s refuse it; yet with those put back (2017-08-31 10:50:06 and, for t10k, 10:50:27) all four
    # give the publisher's md5s: the content is his. A test repeats it.
    unpacked_sha256 = {  # noqa: RUF012
        "train-images-idx3-ubyte.gz": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "train-labels-idx1-ubyte.gz": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "t10k-images-idx3-ubyte.gz": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "t10k-labels-idx1-ubyte.gz": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    }

    @property
    def info(self) -> TaskInfo:
        return TaskInfo(
            name=self.name,
            kind="multiclass",
            shape=(28, 28, 1),
            classes=CLASSES,
            modality="photographs of clothing",
            licence="MIT",
            source="https://github.com/zalandoresearch/fashion-mnist",
            citation="Xiao, Rasul & Vollgraf: Fashion-MNIST, arXiv:1708.07747, 2017",
        )
